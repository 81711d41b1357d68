//! A token endpoint that answers with anything but what it should, byte by byte.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is answered to the first request of a path.
pub(super) type Play = fn(&mut TcpStream, &str) -> io::Result<()>;

/// One way to answer.
pub(super) struct Trick {
    pub(super) name: &'static str,
    pub(super) play: Play,
}

/// How many megabytes the longest body has.
const MEGABYTES: usize = 100;
/// How deep the deepest body is.
const DEPTH: usize = 100_000;

/// A server with a path for each trick; after the first request a path behaves.
pub(super) struct Stage {
    address: SocketAddr,
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Stage {
    /// Serves as long as the tests run. `elsewhere` is where redirects lead.
    pub(super) fn open(tricks: &'static [Trick], elsewhere: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
        let counted = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (counted, elsewhere) = (Arc::clone(&counted), elsewhere.clone());
                // Whoever asks hangs up in the middle of most of this.
                thread::spawn(move || drop(answer(stream, tricks, &counted, &elsewhere)));
            }
        });
        Self { address, asked }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// How often a path was asked.
    pub(super) fn asked(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.get(path).copied().unwrap_or_default()
    }
}

fn answer(
    mut stream: TcpStream,
    tricks: &[Trick],
    counted: &Mutex<BTreeMap<String, usize>>,
    elsewhere: &str,
) -> io::Result<()> {
    let path = request(&stream)?;
    let before = {
        let mut counted = counted.lock().unwrap();
        let times = counted.entry(path.clone()).or_default();
        *times += 1;
        *times - 1
    };
    match tricks.iter().find(|trick| trick.name == path) {
        Some(trick) if before == 0 => (trick.play)(&mut stream, elsewhere),
        _ => whole(&mut stream, "application/json", good("later").as_bytes()),
    }
}

/// Reads a request to its end; gives its path.
fn request(stream: &TcpStream) -> io::Result<String> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let path = first.split(' ').nth(1).unwrap_or("/");
    Ok(path.trim_start_matches('/').to_owned())
}

/// Tokens, as they should be.
fn good(name: &str) -> String {
    with_lifetime(name, "3600")
}

fn with_lifetime(name: &str, lifetime: &str) -> String {
    format!(
        r#"{{"access_token":"access-{name}","refresh_token":"refresh-{name}",
        "expires_in":{lifetime},"token_type":"Bearer"}}"#
    )
}

/// An answer that is well-formed around its body.
fn whole(stream: &mut TcpStream, media_type: &str, body: &[u8]) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

fn head(stream: &mut TcpStream, rest: &str) -> io::Result<()> {
    stream.write_all(format!("HTTP/1.1 200 OK\r\n{rest}").as_bytes())
}

fn redirect(stream: &mut TcpStream, status: u16, elsewhere: &str) -> io::Result<()> {
    let head =
        format!("HTTP/1.1 {status} Go\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(head.as_bytes())
}

/// Sends whoever comes elsewhere, to come again with the same request.
pub(super) fn moved(stream: &mut TcpStream, elsewhere: &str) -> io::Result<()> {
    redirect(stream, 307, elsewhere)
}

/// Pieces of a second each, for as long as anybody listens.
fn slowly(stream: &mut TcpStream, piece: &str) -> io::Result<()> {
    loop {
        stream.write_all(piece.as_bytes())?;
        thread::sleep(Duration::from_secs(1));
    }
}

/// Pieces without a pause, for as long as anybody listens.
fn endlessly(stream: &mut TcpStream, piece: &str) -> io::Result<()> {
    loop {
        stream.write_all(piece.as_bytes())?;
    }
}

fn huge(stream: &mut TcpStream) -> io::Result<()> {
    let length = MEGABYTES << 20;
    head(stream, &format!("Content-Length: {length}\r\n\r\n"))?;
    stream.write_all(br#"{"access_token":"access-huge","refresh_token":"refresh-huge","x":""#)?;
    let megabyte = vec![b'x'; 1 << 20];
    for _ in 0..MEGABYTES {
        stream.write_all(&megabyte)?;
    }
    Ok(())
}

fn deep(stream: &mut TcpStream, open: &str) -> io::Result<()> {
    whole(stream, "application/json", open.repeat(DEPTH).as_bytes())
}

fn living(stream: &mut TcpStream, name: &str, lifetime: &str) -> io::Result<()> {
    let body = with_lifetime(name, lifetime);
    whole(stream, "application/json", body.as_bytes())
}

fn cut(stream: &mut TcpStream) -> io::Result<()> {
    let body = good("cut");
    let half = &body[..body.len() / 2];
    head(
        stream,
        &format!("Content-Length: {}\r\n\r\n{half}", body.len()),
    )
}

/// Answers of which nobody can tell what became of the refresh token.
pub(super) const UNCLEAR: &[Trick] = &[
    Trick {
        name: "huge",
        play: |it, _| huge(it),
    },
    Trick {
        name: "drip",
        play: |it, _| {
            head(it, "Content-Length: 5000\r\n\r\n")?;
            slowly(it, "{")
        },
    },
    Trick {
        name: "slow-head",
        play: |it, _| slowly(it, "H"),
    },
    Trick {
        name: "deep-lists",
        play: |it, _| deep(it, "["),
    },
    Trick {
        name: "deep-objects",
        play: |it, _| deep(it, r#"{"a":"#),
    },
    Trick {
        name: "token-not-utf8",
        play: |it, _| {
            let body = b"{\"access_token\":\"access-\xff\xfe\",\"refresh_token\":\"refresh\"}";
            whole(it, "application/json", body)
        },
    },
    Trick {
        name: "redirect-302",
        play: |it, to| redirect(it, 302, to),
    },
    Trick {
        name: "redirect-307",
        play: |it, to| redirect(it, 307, to),
    },
    Trick {
        name: "long-header",
        play: |it, _| {
            head(it, "X-Long: ")?;
            endlessly(it, &"x".repeat(64 << 10))
        },
    },
    Trick {
        name: "many-headers",
        play: |it, _| {
            head(it, "")?;
            endlessly(it, &"X-Many: x\r\n".repeat(1000))
        },
    },
    Trick {
        name: "never-an-answer",
        play: |it, _| endlessly(it, &"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100)),
    },
    Trick {
        name: "endless-chunks",
        play: |it, _| {
            head(it, "Transfer-Encoding: chunked\r\n\r\n")?;
            let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
            endlessly(it, &chunk)
        },
    },
    Trick {
        name: "slow-chunks",
        play: |it, _| {
            head(it, "Transfer-Encoding: chunked\r\n\r\n")?;
            slowly(it, "1\r\n \r\n")
        },
    },
    Trick {
        name: "chunk-of-all",
        play: |it, _| {
            head(it, "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n")?;
            slowly(it, " ")
        },
    },
    Trick {
        name: "squeezed",
        play: |it, _| {
            head(it, "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n")?;
            it.write_all(b"\x1f\x8b\x08\x00")
        },
    },
    Trick {
        name: "cut",
        play: |it, _| cut(it),
    },
    Trick {
        name: "closed",
        play: |_, _| Ok(()),
    },
    Trick {
        name: "http-0.9",
        play: |it, _| it.write_all(b"{\"access_token\":\"access-old\"}\r\n"),
    },
    Trick {
        name: "noise",
        play: |it, _| it.write_all(&[0, 0xff, 0x16, 0x03].repeat(5000)),
    },
    Trick {
        name: "empty",
        play: |it, _| whole(it, "application/json", b""),
    },
];

/// Answers with tokens in them, which are taken whatever else is wrong.
pub(super) const TAKEN: &[Trick] = &[
    Trick {
        name: "not-utf8",
        play: |it, _| {
            let mut body = good("not-utf8").into_bytes();
            body.truncate(body.len() - 1);
            body.extend(b",\"who\":\"\xff\xfe\"}");
            whole(it, "application/json", &body)
        },
    },
    Trick {
        name: "negative",
        play: |it, _| living(it, "negative", "-5"),
    },
    Trick {
        name: "zero",
        play: |it, _| living(it, "zero", "0"),
    },
    Trick {
        name: "immense",
        play: |it, _| living(it, "immense", "1e300"),
    },
    Trick {
        name: "beyond-numbers",
        play: |it, _| living(it, "beyond-numbers", "1e400"),
    },
    Trick {
        name: "many-digits",
        play: |it, _| living(it, "many-digits", &"9".repeat(400)),
    },
    Trick {
        name: "deep-beside",
        play: |it, _| {
            let deep = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
            living(it, "deep-beside", &deep)
        },
    },
    Trick {
        name: "minus-immense",
        play: |it, _| living(it, "minus-immense", "-1e300"),
    },
    Trick {
        name: "text",
        play: |it, _| living(it, "text", r#""3600""#),
    },
    Trick {
        name: "word",
        play: |it, _| living(it, "word", r#""soon""#),
    },
    Trick {
        name: "nan",
        play: |it, _| living(it, "nan", r#""NaN""#),
    },
    Trick {
        name: "null",
        play: |it, _| living(it, "null", "null"),
    },
    Trick {
        name: "list",
        play: |it, _| living(it, "list", "[3600]"),
    },
    Trick {
        name: "html",
        play: |it, _| whole(it, "text/html; charset=utf-16", good("html").as_bytes()),
    },
    Trick {
        name: "twice",
        play: |it, _| {
            whole(it, "application/json", good("twice").as_bytes())?;
            whole(it, "application/json", good("again").as_bytes())
        },
    },
    Trick {
        name: "no-length",
        play: |it, _| head(it, &format!("\r\n{}", good("no-length"))),
    },
];
