//! Paging by cursor. A cursor names a position in the order, not a count, so that records which are
//! deleted or added between two pages neither hide nor repeat others.

/// Where a page starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cursor {
    /// What comes after this position.
    After(u64),
    /// What comes before it.
    Before(u64),
}

impl Cursor {
    /// The text that the client gets to see. It must be percent-encoded in a query on purpose: a
    /// client that takes cursors apart instead of following `next` shall notice.
    pub(super) fn text(self) -> String {
        match self {
            Self::After(key) => format!("n+{key:016x}=="),
            Self::Before(key) => format!("p+{key:016x}=="),
        }
    }

    /// The cursor of a text; `None` for a text that no page gave out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (direction, rest) = text.split_once('+')?;
        let digits = rest.strip_suffix("==")?;
        if digits.len() != 16 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let key = u64::from_str_radix(digits, 16).ok()?;
        match direction {
            "n" => Some(Self::After(key)),
            "p" => Some(Self::Before(key)),
            _ => None,
        }
    }
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) rows: Vec<T>,
    pub(super) next: Option<Cursor>,
    pub(super) previous: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page of these rows; whether there are more behind it, and before it.
    fn of(page: Vec<(u64, T)>, more: bool, is_before: impl FnOnce() -> bool) -> Self {
        let key = |row: Option<&(u64, T)>| row.map(|(key, _)| *key);
        let first = key(page.first()).filter(|_| is_before());
        Self {
            next: key(page.last()).filter(|_| more).map(Cursor::After),
            previous: first.map(Cursor::Before),
            rows: page.into_iter().map(|(_, row)| row).collect(),
        }
    }
}

/// Cuts one page out of records and their positions.
pub(super) fn paginate<T>(mut rows: Vec<(u64, T)>, cursor: Option<Cursor>, size: usize) -> Page<T> {
    rows.sort_by_key(|(key, _)| *key);
    let start = match cursor {
        None => 0,
        Some(Cursor::After(key)) => rows.partition_point(|(other, _)| *other <= key),
        Some(Cursor::Before(key)) => rows
            .partition_point(|(other, _)| *other < key)
            .saturating_sub(size),
    };
    let end = match cursor {
        // Fewer than a page may come before.
        Some(Cursor::Before(key)) => rows.partition_point(|(other, _)| *other < key),
        None | Some(Cursor::After(_)) => rows.len().min(start.saturating_add(size)),
    };
    let more = end < rows.len();
    Page::of(rows.drain(start..end).collect(), more, || start > 0)
}

/// Takes one page from records that come in the order of their positions, all behind the cursor.
pub(super) fn take_page<T>(
    rows: impl Iterator<Item = (u64, T)>,
    is_before: impl FnOnce() -> bool,
    size: usize,
) -> Page<T> {
    let mut rows = rows.fuse();
    let page: Vec<(u64, T)> = rows.by_ref().take(size).collect();
    let more = rows.next().is_some();
    Page::of(page, more, is_before)
}
