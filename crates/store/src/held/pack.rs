//! What stands inside a seal: fields of bytes, each with its length before it.

use evergrant_core::Secret;
use evergrant_core::held::{ConsentSecrets, RawAnswer, Tokens};
use zeroize::Zeroizing;

/// Stands for a field that is not there; no field is as long.
const ABSENT: u32 = u32::MAX;
const LENGTH: usize = size_of::<u32>();

/// Packs fields. The room is taken at once, so that no half of it is left behind by growth.
fn pack(fields: &[Option<&[u8]>]) -> Option<Zeroizing<Vec<u8>>> {
    let room = |it: &Option<&[u8]>| LENGTH + it.map_or(0, <[u8]>::len);
    let mut out = Zeroizing::new(Vec::with_capacity(fields.iter().map(room).sum()));
    for field in fields {
        let length = match field {
            None => ABSENT,
            Some(bytes) => u32::try_from(bytes.len()).ok().filter(|it| *it != ABSENT)?,
        };
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(field.unwrap_or_default());
    }
    Some(out)
}

/// Takes the next field off.
fn take<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (length, behind) = rest.split_first_chunk::<LENGTH>()?;
    let length = u32::from_be_bytes(*length);
    if length == ABSENT {
        *rest = behind;
        return Some(None);
    }
    let (field, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = behind;
    Some(Some(field))
}

fn secret(rest: &mut &[u8]) -> Option<Option<Secret>> {
    match take(rest)? {
        None => Some(None),
        Some(bytes) => text(bytes).map(Secret::new).map(Some),
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(str::to_owned)
}

fn bytes(secret: Option<&Secret>) -> Option<&[u8]> {
    secret.map(|it| it.expose().as_bytes())
}

/// A type that is sealed as a whole.
pub(crate) trait Packed: Sized {
    /// Its bytes; nothing if a field is longer than four gigabytes.
    fn pack(&self) -> Option<Zeroizing<Vec<u8>>>;

    /// Reads them.
    fn unpack(plain: &[u8]) -> Option<Self>;
}

impl Packed for Tokens {
    fn pack(&self) -> Option<Zeroizing<Vec<u8>>> {
        pack(&[bytes(self.access.as_ref()), bytes(self.refresh.as_ref())])
    }

    fn unpack(mut plain: &[u8]) -> Option<Self> {
        let access = secret(&mut plain)?;
        let refresh = secret(&mut plain)?;
        plain.is_empty().then_some(Self { access, refresh })
    }
}

impl Packed for ConsentSecrets {
    fn pack(&self) -> Option<Zeroizing<Vec<u8>>> {
        pack(&[bytes(self.verifier.as_ref()), bytes(self.code.as_ref())])
    }

    fn unpack(mut plain: &[u8]) -> Option<Self> {
        let verifier = secret(&mut plain)?;
        let code = secret(&mut plain)?;
        plain.is_empty().then_some(Self { verifier, code })
    }
}

impl Packed for RawAnswer {
    fn pack(&self) -> Option<Zeroizing<Vec<u8>>> {
        let (status, complete) = (self.status.to_be_bytes(), [u8::from(self.complete)]);
        let mut fields = vec![Some(&status[..]), Some(&complete), Some(&self.body)];
        for (name, value) in &self.headers {
            fields.extend([Some(name.as_bytes()), Some(value.as_bytes())]);
        }
        pack(&fields)
    }

    fn unpack(mut plain: &[u8]) -> Option<Self> {
        let status = u16::from_be_bytes(take(&mut plain)??.try_into().ok()?);
        let complete = take(&mut plain)?? == [1];
        let body = Zeroizing::new(take(&mut plain)??.to_vec());
        let mut headers = Vec::new();
        while !plain.is_empty() {
            headers.push((text(take(&mut plain)??)?, text(take(&mut plain)??)?));
        }
        Some(Self {
            status,
            headers,
            body,
            complete,
        })
    }
}

impl Packed for Secret {
    fn pack(&self) -> Option<Zeroizing<Vec<u8>>> {
        Some(Zeroizing::new(self.expose().as_bytes().to_vec()))
    }

    fn unpack(plain: &[u8]) -> Option<Self> {
        text(plain).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads_back<T: Packed + PartialEq + std::fmt::Debug>(it: &T) {
        let packed = it.pack().unwrap();
        assert_eq!(T::unpack(&packed).as_ref(), Some(it));
    }

    #[test]
    fn what_is_packed_reads_back() {
        let some = |text: &str| Some(Secret::new(text.into()));
        for access in [None, some(""), some("ü\0\n")] {
            for refresh in [None, some(""), some(&"r".repeat(70_000))] {
                let access = access.clone();
                reads_back(&Tokens { access, refresh });
            }
        }
        reads_back(&ConsentSecrets {
            verifier: some("v"),
            code: None,
        });
        reads_back(&some("hush").unwrap());
        for complete in [true, false] {
            reads_back(&RawAnswer {
                status: 599,
                headers: vec![("date".into(), String::new()), ("date".into(), "é".into())],
                body: Zeroizing::new(vec![0, 0xff, 0x80]),
                complete,
            });
        }
    }

    #[test]
    fn what_is_cut_or_longer_does_not_read() {
        let tokens = Tokens {
            access: Some(Secret::new("abc".into())),
            refresh: Some(Secret::new("d".into())),
        };
        let packed = tokens.pack().unwrap();
        for length in 0..packed.len() {
            assert_eq!(Tokens::unpack(&packed[..length]), None);
        }
        let longer = [packed.as_slice(), &[0]].concat();
        assert_eq!(Tokens::unpack(&longer), None);
        assert_eq!(RawAnswer::unpack(&packed), None);
    }
}
