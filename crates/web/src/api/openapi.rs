//! The description of the API, made from the acts themselves: `/api/v1/openapi.json`.

use axum::body::Body;
use axum::http::Response;
use utoipa::ToSchema;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, Object, Schema, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Content, HeaderBuilder, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref,
    RefOr, Required, Response as Answer, ResponseBuilder, ServerBuilder,
};

use super::act::{Act, Method, Needs, ROOT, fields_in};
use super::handle::json;
use super::problem::{MEDIA_TYPE, Problem};

/// A description in the making.
#[derive(Default)]
pub(super) struct Description {
    paths: PathsBuilder,
    components: ComponentsBuilder,
}

/// What may go wrong, by the name under which the description has it.
const PROBLEMS: [(u16, &str, &str); 9] = [
    (
        400,
        "Malformed",
        "The request can't be read, or a value is not acceptable.",
    ),
    (
        401,
        "NotAuthenticated",
        "There is no live token and no session.",
    ),
    (403, "NotAllowed", "The caller may not do this."),
    (
        404,
        "NotFound",
        "There is no such thing, or the caller may not see it.",
    ),
    (
        409,
        "Conflict",
        "It is there already, has ended, or waits for a person: then `diagnosis` says why.",
    ),
    (
        413,
        "TooLarge",
        "The body is longer than 64 KiB; than 4 MiB where texts are explained.",
    ),
    (415, "NotJson", "The body is not `application/json`."),
    (
        422,
        "TooLong",
        "No token of the connection lives as long as `min_ttl`; the text says how long they live.",
    ),
    (
        503,
        "Unavailable",
        "The store can't be reached and nothing was decided, or there is no token now. Try again.",
    ),
];

impl Description {
    /// Describes an act.
    pub(super) fn add<A: Act>(&mut self) {
        let noun = A::PATH.split('/').nth(1).unwrap_or_default();
        let answer = self.named::<A::Answer>();
        let done = ResponseBuilder::new()
            .description("Done.")
            .content("application/json", Content::new(Some(answer)))
            .build();
        let security = ["token", "session"].map(|it| SecurityRequirement::new(it, [""; 0]));
        let mut operation = OperationBuilder::new()
            .operation_id(Some(A::NAME))
            .summary(Some(A::SUMMARY))
            .description(Some(A::NEEDS.sentence()))
            .tag(noun)
            .securities(Some(security))
            .response(A::STATUS.to_string(), done);
        let properties = properties_of::<A>();
        for name in fields_in(A::PATH) {
            operation = operation.parameter(parameter(name, ParameterIn::Path, None));
        }
        let mut takes_a_body = false;
        match A::METHOD {
            Method::Get => {
                let in_path: Vec<_> = fields_in(A::PATH).collect();
                let in_query = properties.properties.iter();
                for (name, schema) in in_query.filter(|it| !in_path.contains(&it.0.as_str())) {
                    let parameter = parameter(name, ParameterIn::Query, Some(schema.clone()));
                    operation = operation.parameter(parameter);
                }
            }
            Method::Post if !properties.properties.is_empty() => {
                takes_a_body = true;
                let body = RequestBodyBuilder::new()
                    .required(Some(Required::True))
                    .content("application/json", Content::new(Some(self.named::<A>())));
                operation = operation.request_body(Some(body.build()));
            }
            Method::Post | Method::Delete => {}
        }
        for (status, name, _) in PROBLEMS {
            let possible = match status {
                404 => fields_in(A::PATH).next().is_some(),
                409 => A::METHOD != Method::Get || A::NEEDS == Needs::Tokens,
                413 | 415 => takes_a_body,
                422 => A::NEEDS == Needs::Tokens,
                _ => true,
            };
            if possible {
                let named = Ref::from_response_name(name);
                operation = operation.response(status.to_string(), RefOr::<Answer>::Ref(named));
            }
        }
        let path = format!("{ROOT}{}", A::PATH);
        let mut paths = std::mem::take(&mut self.paths).build();
        paths.add_path_operation(path, vec![method(A::METHOD)], operation.build());
        self.paths = paths.into();
    }

    /// Adds a schema and all that it names, and gives the reference to it.
    fn named<T: ToSchema>(&mut self) -> Ref {
        let mut others = Vec::new();
        T::schemas(&mut others);
        let name = T::name();
        let mut components = std::mem::take(&mut self.components).schema(&*name, T::schema());
        for (name, schema) in others {
            components = components.schema(name, schema);
        }
        self.components = components;
        Ref::from_schema_name(name)
    }

    fn finish(mut self) -> OpenApi {
        let problem = self.named::<Problem>();
        let mut components = self.components;
        for (status, name, text) in PROBLEMS {
            let content = Content::new(Some(problem.clone()));
            let mut response = ResponseBuilder::new()
                .description(text)
                .content(MEDIA_TYPE, content);
            if let Some((header, text)) = header(status) {
                let header_value = HeaderBuilder::new().description(Some(text)).build();
                response = response.header(header, header_value);
            }
            components = components.response(name, response.build());
        }
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A personal access token, `evg_pat_...`."))
            .build();
        let cookie = ApiKeyValue::with_description(
            "evergrant_session",
            "The session of a signed-in browser; with an https public URL its name begins with \
             `__Host-`.",
        );
        let components = components
            .security_scheme("token", SecurityScheme::Http(token))
            .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        let info = InfoBuilder::new()
            .title("evergrant")
            .version("1")
            .description(Some(DESCRIPTION))
            .build();
        OpenApiBuilder::new()
            .info(info)
            .servers(Some([ServerBuilder::new().url("/").build()]))
            .paths(self.paths)
            .components(Some(components.build()))
            .build()
    }
}

const DESCRIPTION: &str = "The management API. Times are RFC 3339 in UTC, durations `90s`, `10m`, \
     `1h` or `30d`. Lists are `{items, next}`; give `next` as `after` for the next part. Errors \
     are problem documents (RFC 9457) whose `code` is stable.";

const fn header(status: u16) -> Option<(&'static str, &'static str)> {
    match status {
        401 => Some(("WWW-Authenticate", "`Bearer`.")),
        503 => Some(("Retry-After", "Seconds.")),
        _ => None,
    }
}

const fn method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::Get,
        Method::Post => HttpMethod::Post,
        Method::Delete => HttpMethod::Delete,
    }
}

fn properties_of<A: Act>() -> Object {
    match A::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    }
}

fn parameter(
    name: &str,
    place: ParameterIn,
    schema: Option<RefOr<Schema>>,
) -> utoipa::openapi::path::Parameter {
    let required = if place == ParameterIn::Path {
        Required::True
    } else {
        Required::False
    };
    let mut schema = schema.unwrap_or_else(|| Object::with_type(Type::String).into());
    // A query can leave a parameter out, but has no way to say null.
    if let RefOr::T(Schema::Object(object)) = &mut schema
        && let SchemaType::Array(types) = &object.schema_type
        && let Some(only) = types.iter().find(|it| **it != Type::Null)
    {
        object.schema_type = SchemaType::Type(only.clone());
    }
    if let RefOr::T(Schema::OneOf(several)) = &mut schema {
        several.items.retain(|it| !is_null(it));
        if several.items.len() == 1
            && let Some(only) = several.items.pop()
        {
            schema = only;
        }
    }
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(required)
        .schema(Some(schema))
        .build()
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(it)) if it.schema_type == SchemaType::Type(Type::Null))
}

/// The description as a JSON document.
pub fn document() -> String {
    let mut description = Description::default();
    for entry in super::table() {
        (entry.describe)(&mut description);
    }
    let mut text = description.finish().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(super) async fn serve() -> Response<Body> {
    json(200, document().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

    #[test]
    fn the_document_is_what_the_acts_say() {
        if std::env::var_os("EVERGRANT_WRITE_DOCS").is_some() {
            std::fs::write(FILE, document()).unwrap();
        }
        let written = std::fs::read_to_string(FILE).unwrap_or_default();
        assert!(
            written == document(),
            "docs/openapi.json is not up to date: run with EVERGRANT_WRITE_DOCS=1"
        );
    }

    #[test]
    fn every_act_is_described_once_and_every_reference_leads_somewhere() {
        let document: serde_json::Value = serde_json::from_str(&document()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let operations = paths
            .values()
            .map(|it| it.as_object().unwrap().len())
            .sum::<usize>();
        assert_eq!(operations, super::super::table().len());
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
