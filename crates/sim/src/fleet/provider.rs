//! A provider with strict one-time tokens, as cheap as can be: a token `rt.NAME.N` is taken once,
//! and gives `rt.NAME.N+1`.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use memchr::memmem;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::form_urlencoded;

use super::FleetError;

/// No request of ours is longer.
const LONGEST: usize = 16 * 1024;
/// How often one who waits for a count looks.
const LOOK_EVERY: Duration = Duration::from_millis(2);

#[derive(Default)]
struct Grants {
    /// The number of the living token, for each name that differs from the first.
    living: HashMap<String, u64>,
    taken: u64,
    refused: u64,
}

pub(super) async fn serve(lifetime: u64) -> Result<String, FleetError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
    io::stdout().flush()?;
    let grants = Arc::new(Mutex::new(Grants::default()));
    loop {
        let (stream, _) = listener.accept().await?;
        let grants = Arc::clone(&grants);
        // A keeper that hangs up in the middle is its own affair.
        tokio::spawn(async move { drop(converse(stream, &grants, lifetime).await) });
    }
}

async fn converse(mut stream: TcpStream, grants: &Mutex<Grants>, lifetime: u64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut seen = Vec::with_capacity(1024);
    loop {
        let (body, end) = loop {
            if let Some(found) = request(&seen) {
                break found;
            }
            if seen.len() > LONGEST || stream.read_buf(&mut seen).await? == 0 {
                return Ok(());
            }
        };
        let asks_count = seen.starts_with(b"GET /count");
        // Who asks again and again takes the cores away from what is measured.
        let awaited = awaited(&seen);
        while grants.lock().unwrap_or_else(PoisonError::into_inner).taken < awaited {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let form = seen.get(body..end).unwrap_or_default();
        let (status, answer) = {
            let mut grants = grants.lock().unwrap_or_else(PoisonError::into_inner);
            if asks_count {
                let count = json!({"taken": grants.taken, "refused": grants.refused});
                ("200 OK", count.to_string())
            } else {
                grants.present(form, lifetime)
            }
        };
        let length = answer.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        stream.write_all((head + &answer).as_bytes()).await?;
        seen.drain(..end);
    }
}

/// Where the body of the first request begins and ends, once it is there.
fn request(seen: &[u8]) -> Option<(usize, usize)> {
    let body = memmem::find(seen, b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(seen.get(..body)?).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(Some(0), |length| length.trim().parse().ok())?;
    let end = body.checked_add(length)?;
    (seen.len() >= end).then_some((body, end))
}

impl Grants {
    fn present(&mut self, form: &[u8], lifetime: u64) -> (&'static str, String) {
        let presented = form_urlencoded::parse(form)
            .find(|(name, _)| name == "refresh_token")
            .map(|(_, value)| value.into_owned());
        let parts = presented.as_deref().and_then(|token| {
            let (name, number) = token.strip_prefix("rt.")?.rsplit_once('.')?;
            Some((name, number.parse::<u64>().ok()?))
        });
        let Some((name, number)) = parts else {
            self.refused += 1;
            return (
                "400 Bad Request",
                json!({"error": "invalid_request"}).to_string(),
            );
        };
        let living = self.living.entry(name.to_owned()).or_insert(1);
        if *living != number {
            // Reuse ends the grant: nothing has this number.
            *living = 0;
            self.refused += 1;
            return (
                "400 Bad Request",
                json!({"error": "invalid_grant"}).to_string(),
            );
        }
        *living += 1;
        self.taken += 1;
        let answer = json!({
            "access_token": format!("at.{name}.{living}"),
            "refresh_token": format!("rt.{name}.{living}"),
            "token_type": "Bearer",
            "expires_in": lifetime,
        });
        ("200 OK", answer.to_string())
    }
}

/// How many tokens must have been taken before a request for `/count/NUMBER` is answered.
fn awaited(request: &[u8]) -> u64 {
    let line = request.strip_prefix(b"GET /count/").unwrap_or_default();
    let digits = line.iter().take_while(|it| it.is_ascii_digit());
    let digits: Vec<u8> = digits.copied().collect();
    let number = std::str::from_utf8(&digits).unwrap_or_default();
    number.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_once_and_its_second_use_ends_the_grant() {
        let mut grants = Grants::default();
        let mut says = |form: &str| grants.present(form.as_bytes(), 60);
        let (status, answer) = says("refresh_token=rt.a.1");
        assert_eq!(status, "200 OK");
        assert!(answer.contains("\"rt.a.2\""), "{answer}");
        assert_eq!(says("refresh_token=rt.a.1").0, "400 Bad Request");
        assert_eq!(says("refresh_token=rt.a.2").0, "400 Bad Request");
        assert_eq!((grants.taken, grants.refused), (1, 2));
    }

    #[test]
    fn a_request_is_whole_when_its_body_is_there() {
        let text = b"POST /token HTTP/1.1\r\nContent-Length: 3\r\n\r\na=1";
        assert_eq!(request(text), Some((text.len() - 3, text.len())));
        assert_eq!(request(&text[..text.len() - 1]), None);
    }
}
