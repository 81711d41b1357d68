//! From a row to the domain: read in order, and an inconsistency names table and column.

use evergrant_core::{ScopeSet, Time};

use crate::engine::{Outage, Row, Value};

/// Reads the values of one row from left to right.
pub(crate) struct Columns {
    table: &'static str,
    values: std::vec::IntoIter<Value>,
    column: usize,
}

impl Columns {
    pub(crate) fn new(table: &'static str, row: Row) -> Self {
        Self {
            table,
            values: row.into_iter(),
            column: 0,
        }
    }

    /// From here on the columns are of another table.
    pub(crate) fn of(&mut self, table: &'static str) {
        self.table = table;
        self.column = 0;
    }

    fn next(&mut self) -> Value {
        self.column += 1;
        self.values.next().unwrap_or(Value::Null)
    }

    /// Says that the last column read is not what we write.
    pub(crate) fn inconsistent(&self) -> Outage {
        Outage(format!(
            "column {} of a row of {} is inconsistent",
            self.column, self.table
        ))
    }

    pub(crate) fn text(&mut self) -> Result<String, Outage> {
        match self.next() {
            Value::Text(text) => Ok(text),
            _ => Err(self.inconsistent()),
        }
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, Outage> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(self.inconsistent()),
        }
    }

    pub(crate) fn maybe_number(&mut self) -> Result<Option<i64>, Outage> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Integer(number) => Ok(Some(number)),
            _ => Err(self.inconsistent()),
        }
    }

    pub(crate) fn number<N: TryFrom<i64>>(&mut self) -> Result<N, Outage> {
        let number = self.maybe_number()?.ok_or_else(|| self.inconsistent())?;
        N::try_from(number).map_err(|_| self.inconsistent())
    }

    pub(crate) fn time(&mut self) -> Result<Time, Outage> {
        self.number::<i64>().map(Time::from_micros)
    }

    pub(crate) fn maybe_time(&mut self) -> Result<Option<Time>, Outage> {
        Ok(self.maybe_number()?.map(Time::from_micros))
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, Outage> {
        match self.next() {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(self.inconsistent()),
        }
    }

    pub(crate) fn maybe_bytes(&mut self) -> Result<Option<Vec<u8>>, Outage> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            _ => Err(self.inconsistent()),
        }
    }

    /// Reads a number that stands for yes or no.
    pub(crate) fn flag(&mut self) -> Result<bool, Outage> {
        Ok(self.number::<i64>()? != 0)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Outage> {
        let bytes = self.bytes()?;
        bytes.try_into().map_err(|_| self.inconsistent())
    }

    pub(crate) fn maybe_array<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Outage> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => bytes.try_into().map(Some).map_err(|_| self.inconsistent()),
            _ => Err(self.inconsistent()),
        }
    }

    /// Reads a text through a parser of the domain.
    pub(crate) fn parsed<T, E>(
        &mut self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Outage> {
        let text = self.text()?;
        parse(&text).map_err(|_| self.inconsistent())
    }

    /// Reads a word that may be unknown.
    pub(crate) fn word<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Outage> {
        let text = self.text()?;
        parse(&text).ok_or_else(|| self.inconsistent())
    }

    /// Reads a word that may be absent, or unknown.
    pub(crate) fn maybe_word<T>(
        &mut self,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Outage> {
        match self.maybe_text()? {
            None => Ok(None),
            Some(text) => parse(&text).map(Some).ok_or_else(|| self.inconsistent()),
        }
    }

    pub(crate) fn scopes(&mut self) -> Result<ScopeSet, Outage> {
        self.parsed(ScopeSet::parse)
    }

    /// Reads a list that [`lines`] wrote.
    pub(crate) fn lines(&mut self) -> Result<Vec<String>, Outage> {
        Ok(self.text()?.lines().map(str::to_owned).collect())
    }
}

/// Writes a list whose items have no line breaks.
pub(crate) fn lines(items: &[String]) -> Value {
    Value::Text(items.join("\n"))
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Integer(time.micros())
    }
}

impl From<Option<Time>> for Value {
    fn from(time: Option<Time>) -> Self {
        time.map_or(Self::Null, Self::from)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(i64::from(number))
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Integer(i64::from(yes))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        bytes.map_or(Self::Null, Self::Bytes)
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// The value of anything that prints as it is stored.
pub(crate) fn text(it: &impl ToString) -> Value {
    Value::Text(it.to_string())
}
