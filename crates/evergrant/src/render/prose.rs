//! Sentences as lines of a width.

/// Breaks a text between its words into lines of that many letters at most; the first begins with
/// one text, the others with another. A word that is longer has a line of its own.
pub(crate) fn prose(text: &str, width: usize, first: &str, others: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut fresh = true;
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else {
            continue;
        };
        let gap = usize::from(!fresh);
        if fresh || line.chars().count() + gap + word.chars().count() <= width {
            line.push_str(if fresh { "" } else { " " });
            line.push_str(word);
        } else {
            lines.push(format!("{others}{word}"));
        }
        fresh = false;
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(
            prose("one two three", 9, "- ", "  "),
            "- one two\n  three\n"
        );
        assert_eq!(prose("one", 1, "1. ", "   "), "1. one\n");
        assert_eq!(prose("", 9, "", ""), "\n");
        assert_eq!(prose("äöü äöü äöü", 7, "", ""), "äöü äöü\näöü\n");
    }
}
