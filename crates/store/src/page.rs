//! Lists, a page at a time.

/// What part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// How many rows at most, 1 to [`PageRequest::MAX`].
    pub limit: u32,
}

impl PageRequest {
    /// The longest page.
    pub const MAX: u32 = 200;
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            after: None,
            limit: Self::MAX,
        }
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts a list that was loaded with one row more than asked for.
    pub(crate) fn cut(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(key) } else { None };
        Self { items, next }
    }

    /// The same page of something else.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            next: self.next,
        }
    }
}
