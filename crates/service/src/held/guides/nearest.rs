//! What somebody may have meant who asked for a guide that is not there.

use evergrant_core::held::Cause;

use super::plain;

/// How many are named at most.
const NAMED: usize = 3;

/// The causes whose words are nearest to this one, the nearest first; none where all are far away.
pub fn nearest(word: &str) -> Vec<&'static str> {
    let word = plain(word);
    let mut near: Vec<_> = Cause::ALL
        .iter()
        .map(|cause| cause.as_str())
        .filter_map(|cause| Some((distance(&word, cause)?, cause)))
        .collect();
    near.sort_unstable();
    // Beside one that is wholly right, one that is right in part would only distract.
    let best = near.first().map(|((rank, _), _)| *rank);
    let best = near
        .into_iter()
        .filter(|((rank, _), _)| Some(*rank) == best);
    best.take(NAMED).map(|(_, it)| it).collect()
}

/// How far a word is from a cause: from the whole of it, or, farther, by how many of its parts are
/// parts of the cause, for people remember `password` of `password_changed`. Nothing where it is
/// another word altogether.
fn distance(word: &str, cause: &str) -> Option<(usize, usize)> {
    let whole = changes(word, cause);
    if alike(whole, word) {
        return Some((0, whole));
    }
    let parts = cause.split('_').filter(|part| part.len() > 2);
    let near = |mine: &str| {
        let far = parts.clone().map(|part| changes(mine, part)).min()?;
        alike(far, mine).then_some(far)
    };
    let mine: Vec<_> = word.split('_').filter(|it| it.len() > 2).collect();
    let found: Vec<_> = mine.iter().filter_map(|it| near(it)).collect();
    let missed = mine.len() - found.len();
    (!found.is_empty()).then(|| (1 + missed, found.iter().sum()))
}

/// Whether so many changes leave a word that one can recognise.
const fn alike(changes: usize, word: &str) -> bool {
    changes * 3 <= word.len()
}

/// How many letters have to be changed, put in or left out (Levenshtein).
fn changes(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (above, mine) in from.chars().enumerate() {
        let mut left = above + 1;
        let mut next = vec![left];
        for (theirs, pair) in to.chars().zip(row.windows(2)) {
            let [corner, up] = pair else { continue };
            let kept = corner + usize::from(mine != theirs);
            left = kept.min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        for (from, to, count) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("rate_limit", "rate_limited", 2),
        ] {
            assert_eq!(changes(from, to), count, "{from} {to}");
        }
    }

    #[test]
    fn a_slip_and_a_part_are_understood() {
        for (word, cause) in [
            ("rate_limit", "rate_limited"),
            ("pasword_changed", "password_changed"),
            ("password", "password_changed"),
            ("Idle Expired", "idle_expiry"),
            ("mfa", "mfa_enabled_or_required"),
            ("outage", "provider_outage"),
            ("scopes", "scope_missing_or_changed"),
        ] {
            assert_eq!(nearest(word).first(), Some(&cause), "{word}");
        }
        let both = ["refresh_token_reused", "refresh_token_superseded"];
        assert_eq!(nearest("refresh_token"), both);
        for word in ["", "zzzzzz", "x"] {
            assert_eq!(nearest(word), Vec::<&str>::new(), "{word:?}");
        }
    }
}
