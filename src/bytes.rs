//! A bounds-checked cursor that knows where it stands in the file.
//!
//! Every format of this crate is little-endian. A [`Reader`] over a part of a file remembers the
//! offset of that part, so an error found deep inside names the absolute offset, in bytes, within
//! the buffer the outermost reader was made for (a ZIP entry once inflated, or the APK itself).

use thiserror::Error;

/// A read went past the end of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("needed {wanted} bytes at offset {offset}, {available} are left")]
pub struct OutOfBounds {
    /// Absolute offset of the read, in bytes.
    pub offset: u64,
    /// Bytes asked for.
    pub wanted: u64,
    /// Bytes that were left.
    pub available: u64,
}

/// A cursor over little-endian data.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    data: &'a [u8],
    position: usize,
    origin: u64,
}

impl<'a> Reader<'a> {
    /// A reader whose first byte has the absolute offset 0.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self::with_origin(data, 0)
    }

    /// A reader whose first byte has the absolute offset `origin`.
    #[must_use]
    pub fn with_origin(data: &'a [u8], origin: u64) -> Self {
        Self {
            data,
            position: 0,
            origin,
        }
    }

    /// Absolute offset of the next byte.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.origin.saturating_add(self.position as u64)
    }

    /// Position of the next byte relative to this reader's first byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// Bytes left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.data.len().saturating_sub(self.position)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// Moves to `position`, relative to this reader's first byte.
    ///
    /// # Errors
    /// When `position` lies past the end; the end itself is allowed.
    pub fn seek(&mut self, position: usize) -> Result<(), OutOfBounds> {
        if position > self.data.len() {
            return Err(OutOfBounds {
                offset: self.origin.saturating_add(position as u64),
                wanted: 0,
                available: 0,
            });
        }
        self.position = position;
        Ok(())
    }

    /// Passes over `count` bytes.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn skip(&mut self, count: usize) -> Result<(), OutOfBounds> {
        self.take(count).map(|_| ())
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// When fewer are left; the reader does not move then.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], OutOfBounds> {
        let bytes = self
            .position
            .checked_add(count)
            .and_then(|end| self.data.get(self.position..end))
            .ok_or_else(|| self.missing(count))?;
        self.position = self.position.saturating_add(count);
        Ok(bytes)
    }

    /// A reader over the next `count` bytes, which this reader passes.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn sub(&mut self, count: usize) -> Result<Reader<'a>, OutOfBounds> {
        let origin = self.offset();
        Ok(Reader::with_origin(self.take(count)?, origin))
    }

    /// A reader over `count` bytes from `position` on; this reader stays where it is.
    ///
    /// # Errors
    /// When that range is not inside the data.
    pub fn window(&self, position: usize, count: usize) -> Result<Reader<'a>, OutOfBounds> {
        let mut reader = *self;
        reader.seek(position)?;
        reader.sub(count)
    }

    /// Everything from the next byte on; the reader does not move.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.position..).unwrap_or_default()
    }

    /// One byte.
    ///
    /// # Errors
    /// At the end of the data.
    pub fn u8(&mut self) -> Result<u8, OutOfBounds> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes, little-endian.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn u16(&mut self) -> Result<u16, OutOfBounds> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes, little-endian.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn u32(&mut self) -> Result<u32, OutOfBounds> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes, little-endian.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn u64(&mut self) -> Result<u64, OutOfBounds> {
        self.array().map(u64::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], OutOfBounds> {
        let bytes = self.rest().first_chunk::<N>().ok_or_else(|| self.missing(N))?;
        self.position = self.position.saturating_add(N);
        Ok(*bytes)
    }

    fn missing(&self, wanted: usize) -> OutOfBounds {
        OutOfBounds {
            offset: self.offset(),
            wanted: wanted as u64,
            available: self.remaining() as u64,
        }
    }
}

/// Two bytes at `position` of `data`, little-endian, or `None` outside of it.
#[must_use]
pub fn u16_at(data: &[u8], position: usize) -> Option<u16> {
    data.get(position..)?
        .first_chunk()
        .map(|bytes| u16::from_le_bytes(*bytes))
}

/// Four bytes at `position` of `data`, little-endian, or `None` outside of it.
#[must_use]
pub fn u32_at(data: &[u8], position: usize) -> Option<u32> {
    data.get(position..)?
        .first_chunk()
        .map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_carry_the_absolute_offset() {
        let data = [1, 2, 3, 4, 5, 6];
        let mut outer = Reader::with_origin(&data, 100);
        outer.skip(2).unwrap();
        let mut inner = outer.sub(3).unwrap();
        assert_eq!(inner.u16(), Ok(0x0403));
        assert_eq!(
            inner.u32(),
            Err(OutOfBounds {
                offset: 104,
                wanted: 4,
                available: 1
            })
        );
        assert_eq!(inner.position(), 2, "a failed read does not move the reader");
        assert_eq!(outer.u8(), Ok(6));
        assert!(outer.is_empty());
    }

    #[test]
    fn ranges_that_overflow_are_refused() {
        let reader = Reader::new(&[0; 4]);
        assert!(reader.window(2, usize::MAX).is_err());
        assert!(reader.window(5, 0).is_err());
        assert!(reader.window(4, 0).is_ok());
        assert_eq!(u32_at(&[1, 0, 0, 0], usize::MAX), None);
        assert_eq!(u16_at(&[1, 2, 3], 1), Some(0x0302));
    }
}
