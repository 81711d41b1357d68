//! Answers as text for people: aligned, with times as they are told, and what to do next.

mod clients;
mod connections;
mod explanation;
mod grants;
mod integrations;
mod keys;
mod personal_tokens;
mod prose;
mod providers;
mod time;
mod unmatched;
mod users;

use evergrant_web::service::core::Time;

pub(crate) use prose::prose;
pub(crate) use time::when;

/// An answer that has a text for people.
pub(crate) trait Render {
    /// The text, at this time.
    fn render(&self, now: Time) -> String;
}

/// Rows of cells as aligned columns, indented by two.
pub(crate) fn table<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> String {
    let rows: Vec<_> = rows.into_iter().collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: &[String; N]| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {}", cells.collect::<Vec<_>>().join("  "))
            .trim_end()
            .to_owned()
    };
    rows.iter().map(|row| line(row) + "\n").collect()
}

/// A list with its head, and where to go on.
pub(crate) fn list<const N: usize>(
    head: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    next: Option<&str>,
    nothing: &str,
) -> String {
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        return format!("{nothing}\n");
    }
    let mut text = table(std::iter::once(head.map(str::to_owned)).chain(rows));
    if let Some(next) = next {
        text.push_str(&format!("\nThere are more: add --after {next}\n"));
    }
    text
}

/// Names and values, one a line.
pub(crate) fn facts<const N: usize>(facts: [(&str, String); N]) -> String {
    table(facts.map(|(name, value)| [name.to_owned(), value]))
}

/// Words in one cell.
pub(crate) fn words(words: &[String]) -> String {
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(" ")
    }
}

/// An ended thing's reason in words.
pub(crate) fn state(state: &str) -> String {
    state.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let cells = |row: [&str; 2]| row.map(str::to_owned);
        let text = table([cells(["a", "b"]), cells(["long", ""]), cells(["ü", "x"])]);
        assert_eq!(text, "  a     b\n  long\n  ü     x\n");
    }
}
