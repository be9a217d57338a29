//! A place in the journal.

use std::fmt;

/// A place between two records of a journal.
///
/// Ordered as the journal is read. A cursor is the position up to which everything is digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The segment's number; the first is 1.
    pub segment: u64,
    /// Bytes from the beginning of the segment's file.
    pub offset: u64,
    /// The number of the next record, which is the number of records ever written before it.
    pub sequence: u64,
}

impl Position {
    /// How many records lie between this position and a later one: the lag of a cursor.
    ///
    /// Zero if `end` is not later.
    pub fn records_until(self, end: Position) -> u64 {
        end.sequence.saturating_sub(self.sequence)
    }

    /// Segment, offset and sequence, as a database keeps them.
    pub fn to_columns(self) -> [i64; 3] {
        [self.segment, self.offset, self.sequence].map(u64::cast_signed)
    }

    /// The position that [`to_columns`](Self::to_columns) wrote; `None` if a number is negative.
    pub fn from_columns([segment, offset, sequence]: [i64; 3]) -> Option<Position> {
        Some(Position {
            segment: segment.try_into().ok()?,
            offset: offset.try_into().ok()?,
            sequence: sequence.try_into().ok()?,
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{} (record {})",
            self.segment, self.offset, self.sequence
        )
    }
}
