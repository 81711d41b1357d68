//! The master key: 32 bytes from a file, a setting, or a command that asks a key service.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant_core::Secret;
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

/// Where the master key is.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// In a file for its owner alone; made with the store.
    File(PathBuf),
    /// In a setting.
    Text(Secret),
    /// On the standard output of a command, run by the shell.
    Command(String),
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file can't be read or made.
    #[error("key file {path}: {cause}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Others can read the file.
    #[error("key file {0} can be read by others: make it its owner's alone (chmod 600)")]
    TooOpen(PathBuf),
    /// The command failed.
    #[error("the key command failed: {0}")]
    Command(String),
    /// Not a key.
    #[error("{0} holds no key: a master key is 32 bytes in base64 (openssl rand -base64 32)")]
    Form(String),
    /// The machine has no random numbers.
    #[error("this machine gives no random numbers")]
    NoChance,
}

/// The key that wraps the data keys.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// A name that tells one key from another and nothing else.
    pub fn id(&self) -> String {
        super::fingerprint(&*self.0)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    fn parse(text: &str, source: &str) -> Result<Self, MasterKeyError> {
        let form = || MasterKeyError::Form(source.to_owned());
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| form())?);
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return Err(form());
        }
        key.copy_from_slice(&bytes);
        Ok(Self(key))
    }
}

impl MasterKeySource {
    /// What it is called in messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => format!("key file {}", path.display()),
            Self::Text(_) => "the key setting".into(),
            Self::Command(_) => "the key command".into(),
        }
    }

    /// Reads the key.
    ///
    /// # Errors
    /// When it is not there, others can read it, or it is no key.
    pub fn load(&self) -> Result<MasterKey, MasterKeyError> {
        match self {
            Self::File(path) => from_file(path),
            Self::Text(text) => MasterKey::parse(text.expose(), &self.name()),
            Self::Command(command) => from_command(command),
        }
    }

    /// Reads the key; a file that is not there is made.
    ///
    /// # Errors
    /// As [`MasterKeySource::load`].
    pub fn load_or_make(&self) -> Result<MasterKey, MasterKeyError> {
        if let Self::File(path) = self
            && !path.exists()
        {
            make_file(path)?;
        }
        self.load()
    }
}

fn from_file(path: &Path) -> Result<MasterKey, MasterKeyError> {
    let failed = |cause| MasterKeyError::File {
        path: path.to_owned(),
        cause,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::TooOpen(path.to_owned()));
        }
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    MasterKey::parse(&text, &format!("key file {}", path.display()))
}

/// Makes the key file, whole or not at all: of several processes that begin a store at once one
/// makes it, and none reads the beginning of a key.
fn make_file(path: &Path) -> Result<(), MasterKeyError> {
    let failed = |cause| MasterKeyError::File {
        path: path.to_owned(),
        cause,
    };
    let mut chance = Zeroizing::new([0; 40]);
    SystemRandom::new()
        .fill(&mut *chance)
        .map_err(|_| MasterKeyError::NoChance)?;
    let (key, name) = chance.split_at(32);
    let mut text = Zeroizing::new(STANDARD.encode(key));
    text.push('\n');
    let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
    let beside = path.with_extension(format!("{name}.new"));
    let made = write_private(&beside, text.as_bytes()).and_then(|()| place(&beside, path));
    let removed = fs::remove_file(&beside);
    made.map_err(failed)?;
    removed
        .or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
        .map_err(failed)?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::File::open(folder)
        .and_then(|it| it.sync_all())
        .map_err(failed)
}

/// Without the key the store is lost, so the key is on disk before the store uses it.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives a file its name, unless another one has it already.
fn place(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // Some file systems have no links; there two who begin at once are told apart by luck.
        Err(_) if !to.exists() => fs::rename(from, to),
        other => other,
    }
}

fn from_command(command: &str) -> Result<MasterKey, MasterKeyError> {
    let output = Command::new("/bin/sh")
        .args(["-c", command])
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| MasterKeyError::Command(error.to_string()))?;
    if !output.status.success() {
        return Err(MasterKeyError::Command(output.status.to_string()));
    }
    let text = Zeroizing::new(String::from_utf8_lossy(&output.stdout).into_owned());
    MasterKey::parse(&text, "the key command's output")
}
