//! The lines of `strace -f -xx -yy`: one call each, or its begin and its end apart.

use std::collections::BTreeMap;

/// One call to the system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) thread: u32,
    pub(super) name: String,
    /// What its descriptor is: a path, or an address.
    pub(super) target: String,
    /// What it wrote, all pieces in their order.
    pub(super) data: Vec<u8>,
    /// The line in which it began, and the one in which it was done.
    pub(super) begun: usize,
    pub(super) ended: usize,
    pub(super) succeeded: bool,
}

/// All calls that were seen to end, by the lines in which they began.
pub(super) fn read(text: &str) -> Vec<Call> {
    let mut open: BTreeMap<u32, (usize, String)> = BTreeMap::new();
    let mut calls = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let (Ok(thread), rest) = (thread.parse::<u32>(), rest.trim_start()) else {
            continue;
        };
        if let Some(begin) = rest.strip_suffix(" <unfinished ...>") {
            open.insert(thread, (number, begin.to_owned()));
        } else if let Some(resumed) = rest.strip_prefix("<... ") {
            let begin = open.remove(&thread);
            let end = resumed.split_once(" resumed>").map(|(_, end)| end);
            if let (Some((begun, begin)), Some(end)) = (begin, end) {
                calls.extend(one(thread, &format!("{begin}{end}"), (begun, number)));
            }
        } else {
            calls.extend(one(thread, rest, (number, number)));
        }
    }
    calls.sort_by_key(|call| call.begun);
    calls
}

/// `name(descriptor<target>, "data"...) = result`
fn one(thread: u32, text: &str, (begun, ended): (usize, usize)) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let (_descriptor, rest) = arguments.split_once('<')?;
    // An address has angle brackets of its own, as in `TCP:[..->..]`; a path in hexadecimal none.
    let end = rest.find(">,").or_else(|| rest.rfind(">)"))?;
    let (target, arguments) = rest.split_at_checked(end)?;
    Some(Call {
        thread,
        name: name.to_owned(),
        target: String::from_utf8_lossy(&plain(target)).into_owned(),
        data: quoted(arguments),
        begun,
        ended,
        succeeded: !result.starts_with('-') && !result.starts_with('?'),
    })
}

/// The bytes of all texts in quotation marks.
fn quoted(arguments: &str) -> Vec<u8> {
    let texts = arguments.split('"').skip(1).step_by(2);
    texts.flat_map(plain).collect()
}

/// `\x2f` for a byte; whatever stands otherwise is itself.
fn plain(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4);
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let byte = after
            .strip_prefix(b"x")
            .filter(|_| *first == b'\\')
            .and_then(|digits| digits.get(..2))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = byte.map_or(after, |_| after.get(3..).unwrap_or_default());
    }
    bytes
}
