//! Reading a file line by line: it may be of any length, and none of its lines may.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use super::{Limit, read::open};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its bytes, without its newline.
    pub(crate) bytes: Vec<u8>,
    /// Whether a newline ends it. Only the last line can be without one.
    pub(crate) ended: bool,
}

/// The lines of a reader, one held at a time.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: R,
    longest: Limit,
}

impl Lines<BufReader<File>> {
    /// The lines of a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened, or a folder.
    pub(crate) fn open(path: &Path, longest: Limit) -> io::Result<Self> {
        Ok(Self::new(BufReader::new(open(path)?), longest))
    }
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R, longest: Limit) -> Self {
        Self { reader, longest }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = Vec::new();
        let mut within = self.reader.by_ref().take(self.longest.bytes() + 1);
        within.read_until(b'\n', &mut bytes)?;
        let ended = bytes.pop_if(|last| *last == b'\n').is_some();
        if bytes.len() as u64 > self.longest.bytes() {
            return Err(self.longest.exceeded());
        }
        Ok((ended || !bytes.is_empty()).then_some(Line { bytes, ended }))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(String, bool)> {
        Lines::new(bytes, Limit::SYSTEM)
            .map(|line| {
                let Line { bytes, ended } = line.unwrap();
                (String::from_utf8(bytes).unwrap(), ended)
            })
            .collect()
    }

    #[test]
    fn lines_are_told_from_a_last_one_without_an_end() {
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"a\n\n"), [("a".into(), true), (String::new(), true)]);
        assert_eq!(lines(b"a\nb"), [("a".into(), true), ("b".into(), false)]);
    }

    #[test]
    fn a_line_without_an_end_is_refused() {
        let endless = BufReader::new(io::repeat(b'x'));
        let error = Lines::new(endless, Limit::SYSTEM)
            .next()
            .unwrap()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "it is larger than 64 KiB, the most that is read of a file of the system"
        );
    }
}
