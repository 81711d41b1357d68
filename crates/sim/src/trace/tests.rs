//! Traces made by hand, each with one thing out of order.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Fault, Trace};

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect()
}

fn token() -> String {
    let nonce = URL_SAFE_NO_PAD.encode(b"sixteen bytes of");
    let payload = URL_SAFE_NO_PAD.encode(format!("{{\"nonce\":\"{nonce}\"}}"));
    format!("header.{payload}.signature")
}

fn write(path: &str) -> String {
    let (path, page) = (
        hexadecimal(path.as_bytes()),
        hexadecimal(b"..sixteen bytes of.."),
    );
    format!("7  pwrite64(3<{path}>, \"{page}\", 20, 4096) = 20")
}

fn sync(path: &str) -> String {
    format!("7  fdatasync(3<{}>) = 0", hexadecimal(path.as_bytes()))
}

fn answer(begin: &str) -> String {
    let answer = hexadecimal(format!("{begin}..{}..", token()).as_bytes());
    let half = answer.len() / 8 * 4;
    let (one, two) = answer.split_at(half);
    let pieces = format!("[{{iov_base=\"{one}\", iov_len=1}}, {{iov_base=\"{two}\", iov_len=2}}]");
    format!("8  writev(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, {pieces}, 2) = 99")
}

fn judge(lines: &[String]) -> Result<(), Fault> {
    Trace::read(&lines.join("\n")).judge(&token())
}

#[test]
fn written_synced_answered() {
    let (wal, good) = ("/d/evergrant.db-wal", "HTTP/1.1 200 OK");
    let begin = format!(
        "7  fsync(3<{}> <unfinished ...>",
        hexadecimal(wal.as_bytes())
    );
    let end = "7  <... fsync resumed>) = 0".to_owned();
    assert_eq!(judge(&[write(wal), sync(wal), answer(good)]), Ok(()));
    assert_eq!(
        judge(&[write(wal), begin.clone(), end.clone(), answer(good)]),
        Ok(())
    );
    // The sync had begun, and was not done.
    assert_eq!(
        judge(&[write(wal), begin.clone(), answer(good), end.clone()]),
        Err(Fault::NotSynced)
    );
    // It began before the write.
    assert_eq!(
        judge(&[begin, write(wal), end, answer(good)]),
        Err(Fault::NotSynced)
    );
}

#[test]
fn anything_else_is_a_fault() {
    let (wal, good) = ("/d/evergrant.db-wal", "HTTP/1.1 200 OK");
    let (other, failed) = ("/d/other.db-wal", sync(wal).replace("= 0", "= -1 EIO"));
    for (lines, fault) in [
        (vec![write(wal), answer(good)], Fault::NotSynced),
        (vec![write(wal), answer(good), sync(wal)], Fault::NotSynced),
        (vec![sync(wal), write(wal), answer(good)], Fault::NotSynced),
        (
            vec![write(wal), sync(other), answer(good)],
            Fault::NotSynced,
        ),
        (vec![write(wal), failed, answer(good)], Fault::NotSynced),
        (vec![answer(good), write(wal), sync(wal)], Fault::NotWritten),
        (
            vec![write("/d/log"), sync("/d/log"), answer(good)],
            Fault::NotWritten,
        ),
        (vec![write(wal), sync(wal)], Fault::NoAnswer),
        (
            vec![write(wal), sync(wal), answer("second half")],
            Fault::Split,
        ),
    ] {
        assert_eq!(judge(&lines), Err(fault), "{lines:#?}");
    }
}
