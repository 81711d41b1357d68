//! The network between processes and providers: loses, delays, repeats and spoils.

use std::sync::Arc;
use std::time::Duration;

use evergrant_service::core::held::RawAnswer;
use evergrant_service::core::held::plan::Request;
use evergrant_service::held::wire::{Limits, Line, Silence, Unreachable, Wire};
use evergrant_service::store::engine::Pending;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use url::Url;

use crate::keeper::fate::Fate;
use crate::keeper::provider::Said;

/// The way out of one process.
pub(crate) struct SimWire(pub(crate) Arc<Fate>);

struct SimLine {
    fate: Arc<Fate>,
    limits: Limits,
}

impl Wire for SimWire {
    fn lay<'a>(
        &'a self,
        _: &'a Url,
        limits: Limits,
    ) -> Pending<'a, Result<Box<dyn Line>, Unreachable>> {
        let fate = Arc::clone(&self.0);
        Box::pin(async move {
            fate.step("before connecting").await;
            let sky = &fate.sky;
            if sky.happens(|it| it.unreachable) {
                sleep(Duration::from_millis(sky.below(5_000))).await;
                fate.step("unconnected").await;
                return Err(Unreachable::Failed("connection refused".into()));
            }
            sleep(Duration::from_millis(sky.below(20) + 1)).await;
            fate.step("after connecting").await;
            Ok(Box::new(SimLine { fate, limits }) as Box<dyn Line>)
        })
    }
}

impl Line for SimLine {
    fn exchange(self: Box<Self>, request: Request) -> Pending<'static, Result<RawAnswer, Silence>> {
        let limit = Duration::from(self.limits.total);
        Box::pin(async move {
            let fate = Arc::clone(&self.fate);
            let end = Instant::now() + limit;
            let answer = timeout(limit, travel(Arc::clone(&fate), request)).await;
            let answer = answer.unwrap_or_else(|_| Err(Silence("timed out".into())));
            if let Err(silence) = &answer
                && fate.sky.below(2) == 0
                && silence.0 == "lost"
            {
                // Nobody says that it was lost; only the time runs out.
                sleep_until(end).await;
            }
            fate.step("after an exchange").await;
            if let Ok(raw) = &answer {
                fate.sky.oracle.delivered(&fate, raw);
            }
            answer
        })
    }
}

async fn travel(fate: Arc<Fate>, request: Request) -> Result<RawAnswer, Silence> {
    let sky = Arc::clone(&fate.sky);
    let lost = || Err(Silence("lost".into()));
    sleep(Duration::from_millis(sky.below(150) + 1)).await;
    if sky.happens(|it| it.request_lost) {
        sky.say(|| format!("a request of {} is lost", fate.name));
        return lost();
    }
    let form = request.body.as_ref().map(|it| it.text.expose().to_owned());
    let form = form.unwrap_or_default();
    if request.url.path() == "/revoke" {
        sky.oracle.revoke(&sky, &form);
        return Ok(answer(200, "application/json", "", true));
    }
    if sky.happens(|it| it.too_many) {
        sky.say(|| format!("{} is told to wait", fate.name));
        let mut told = answer(429, "application/json", "{\"error\":\"slow_down\"}", true);
        told.headers.push(("retry-after".into(), "2".into()));
        return Ok(told);
    }
    let said = sky.oracle.present(&fate, &form);
    if sky.happens(|it| it.request_twice) {
        sky.say(|| format!("a request of {} arrives twice", fate.name));
        sky.oracle.repeat(&sky, &form);
    }
    sleep(Duration::from_millis(sky.below(150) + 1)).await;
    if sky.happens(|it| it.answer_lost) {
        sky.say(|| format!("the answer to {} is lost", fate.name));
        if sky.below(3) == 0 {
            sleep(Duration::from_secs(600)).await;
        }
        return lost();
    }
    Ok(dressed(&sky, &said))
}

/// The answer as it comes, spoilt or not.
fn dressed(sky: &crate::keeper::fate::Sky, said: &Said) -> RawAnswer {
    let (status, body) = match said {
        Said::Tokens { access, refresh } => (
            200,
            format!(
                "{{\"access_token\":\"{access}\",\"token_type\":\"Bearer\",\"expires_in\":{},\
                 \"refresh_token\":\"{refresh}\"}}",
                sky.oracle.lifetime(refresh).seconds()
            ),
        ),
        Said::Refused => (400, "{\"error\":\"invalid_grant\"}".to_owned()),
    };
    if sky.happens(|it| it.answer_spoilt) {
        let html = "<!doctype html><title>Oops</title><p>Something went wrong.";
        let spoilt = match sky.below(6) {
            0 => answer(
                status,
                "application/json",
                body.get(..body.len() / 2).unwrap_or(""),
                false,
            ),
            1 => answer(200, "text/html", html, true),
            2 => answer(502, "text/html", html, true),
            3 => answer(200, "application/json", "", true),
            4 => answer(
                500,
                "application/json",
                "{\"error\":\"server_error\"}",
                true,
            ),
            _ => answer(302, "text/html", "", true),
        };
        sky.say(|| format!("an answer is spoilt: {spoilt:?}"));
        return spoilt;
    }
    let wrong = sky.happens(|it| it.wrong_type);
    let media_type = if wrong {
        "text/html"
    } else {
        "application/json"
    };
    answer(status, media_type, &body, true)
}

fn answer(status: u16, media_type: &str, body: &str, complete: bool) -> RawAnswer {
    RawAnswer {
        status,
        headers: vec![("content-type".into(), media_type.into())],
        body: body.as_bytes().to_vec().into(),
        complete,
    }
}
