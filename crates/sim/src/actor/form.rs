//! The forms of an HTML page: what a browser would send if a person pressed a button.
//!
//! This reads tags, not documents: enough for pages that work without JavaScript, where fields and
//! buttons stand inside their form. Text areas and selections are not read.

/// A form with everything that it sends by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Form {
    /// As written; empty means the address of the page.
    pub action: String,
    pub is_post: bool,
    /// Hidden, prefilled and ticked inputs.
    pub fields: Vec<(String, String)>,
    /// Names of the inputs that a person fills in.
    pub inputs: Vec<String>,
    /// Names and values of the submit buttons.
    pub buttons: Vec<(String, String)>,
}

impl Form {
    /// All forms of a page in their order.
    pub fn all(html: &str) -> Vec<Self> {
        let mut forms = Vec::new();
        let mut open: Option<Self> = None;
        for tag in tags(html) {
            match (tag.name.as_str(), &mut open) {
                ("form", _) => {
                    forms.extend(open.replace(Self {
                        action: tag.value("action").unwrap_or_default().to_owned(),
                        is_post: tag.is("method", "post"),
                        ..Self::default()
                    }));
                }
                ("/form", _) => forms.extend(open.take()),
                ("input", Some(form)) => form.add_input(&tag),
                ("button", Some(form)) if !tag.is("type", "button") && !tag.is("type", "reset") => {
                    form.add_button(&tag);
                }
                _ => {}
            }
        }
        forms.extend(open);
        forms
    }

    /// Whether a person can fill in an input of that name.
    pub fn asks_for(&self, name: &str) -> bool {
        self.inputs.iter().any(|input| input == name)
    }

    /// Whether it has a submit button of that name and value.
    pub fn offers(&self, name: &str, value: &str) -> bool {
        self.buttons
            .iter()
            .any(|button| button.0 == name && button.1 == value)
    }

    /// What is sent when a person has filled in these values; a pressed button is one of them.
    pub fn filled<'a>(&'a self, values: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = self
            .fields
            .iter()
            .map(|field| (field.0.as_str(), field.1.as_str()));
        own.filter(|field| values.iter().all(|value| value.0 != field.0))
            .chain(values.iter().copied())
            .collect()
    }

    fn add_input(&mut self, tag: &Tag) {
        let kind = tag.value("type").unwrap_or("text").to_ascii_lowercase();
        if matches!(kind.as_str(), "submit" | "image") {
            self.add_button(tag);
        }
        let Some(name) = tag.value("name") else {
            return;
        };
        let value = tag.value("value");
        let mut send = |value: &str| self.fields.push((name.to_owned(), value.to_owned()));
        match kind.as_str() {
            "submit" | "image" | "button" | "reset" | "file" => {}
            "hidden" => send(value.unwrap_or_default()),
            "checkbox" | "radio" => {
                if tag.value("checked").is_some() {
                    send(value.unwrap_or("on"));
                }
            }
            _ => {
                send(value.unwrap_or_default());
                self.inputs.push(name.to_owned());
            }
        }
    }

    fn add_button(&mut self, tag: &Tag) {
        if let Some(name) = tag.value("name") {
            let value = tag.value("value").unwrap_or_default();
            self.buttons.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// A tag with its lower-case name, which begins with `/` at the end of an element.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn value(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| attribute.0 == name);
        found.map(|attribute| attribute.1.as_str())
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.value(name)
            .is_some_and(|own| own.eq_ignore_ascii_case(value))
    }
}

fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let starts_a_name = |c: char| c == '/' || c.is_ascii_alphabetic();
        if !rest.starts_with(starts_a_name) {
            continue;
        }
        let tag = read_tag(&mut rest);
        // What stands in a script or style is not markup, whatever it looks like.
        if matches!(tag.name.as_str(), "script" | "style") {
            let end = format!("</{}", tag.name);
            rest = rest
                .find(&end)
                .and_then(|at| rest.get(at..))
                .unwrap_or_default();
        }
        tags.push(tag);
    }
    tags
}

fn read_tag(rest: &mut &str) -> Tag {
    let name = take_until(rest, |c| c.is_whitespace() || c == '>').to_ascii_lowercase();
    let mut attributes = Vec::new();
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        if let Some(after) = rest.strip_prefix('>') {
            *rest = after;
            break;
        }
        let key = take_until(rest, |c| c.is_whitespace() || matches!(c, '=' | '>' | '/'));
        let key = key.to_ascii_lowercase();
        let Some(after) = rest.trim_start().strip_prefix('=') else {
            // A stray quote or the like is passed over, so that every round takes something.
            if key.is_empty() {
                let mut characters = rest.chars();
                characters.next();
                *rest = characters.as_str();
            } else {
                attributes.push((key, String::new()));
            }
            continue;
        };
        *rest = after.trim_start();
        let value = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                *rest = rest.get(1..).unwrap_or_default();
                let value = take_until(rest, |c| c == quote);
                *rest = rest.get(1..).unwrap_or_default();
                value
            }
            _ => take_until(rest, |c| c.is_whitespace() || c == '>'),
        };
        attributes.push((key, unescaped(value)));
    }
    Tag { name, attributes }
}

fn take_until<'a>(rest: &mut &'a str, is_end: impl Fn(char) -> bool) -> &'a str {
    let (taken, left) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
    *rest = left;
    taken
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let entity = after
            .split_once(';')
            .and_then(|(name, after)| Some((decode(name)?, after)));
        match entity {
            Some((character, after)) => {
                plain.push(character);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn decode(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn a_form_sends_its_hidden_inputs_what_was_filled_in_and_the_pressed_button() {
        let html = r#"<!doctype html><!-- <form action="/no"> -->
            <script>"<form action=/no>"</script>
            <form method='POST' action="/login?next=%2Fa&amp;b=1">
              <INPUT type=hidden name=csrf value="a&#x27;b&quot;&unknown;">
              <input type="email" name="email" value="old@example.com" required />
              <input type=password name=password>
              <input type="checkbox" name="stay" checked><input type="checkbox" name="no">
              <button type="button" name="show">Show</button>
              <button>Sign in</button>
            </form>"#;
        let forms = Form::all(html);
        let [form] = forms.as_slice() else {
            panic!("{forms:?}")
        };
        assert_eq!(
            (form.action.as_str(), form.is_post),
            ("/login?next=%2Fa&b=1", true)
        );
        assert!(form.asks_for("email") && form.asks_for("password") && !form.asks_for("csrf"));
        assert!(form.buttons.is_empty());
        let sent = form.filled(&[("email", "a@example.com"), ("password", "p")]);
        let expected = [
            ("csrf", "a'b\"&unknown;"),
            ("stay", "on"),
            ("email", "a@example.com"),
            ("password", "p"),
        ];
        assert_eq!(sent, expected);
    }

    #[test]
    fn buttons_of_both_kinds_are_offered_by_their_own_form() {
        let forms = Form::all(
            "<form action=/logout method=post><button name=out value=1>x</button></form>
             <form><button name=decision value=allow>a<button name=decision value='deny'>b</button>
             <input type=submit name=decision value=later></form>",
        );
        assert_eq!(forms.len(), 2);
        assert!(!forms[0].offers("decision", "allow"));
        assert!(
            ["allow", "deny", "later"]
                .iter()
                .all(|value| forms[1].offers("decision", value))
        );
        assert!(!forms[1].is_post);
    }

    #[test]
    fn broken_markup_ends() {
        for html in [
            "<form",
            "<form action=",
            "<form action='x",
            "<form \" ' = == >",
            "< <a <!--",
        ] {
            assert!(Form::all(html).len() <= 1);
        }
    }
}
