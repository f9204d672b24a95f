//! Numbers that look random and are the same on every run.

/// A generator (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    /// A generator; equal seeds give equal numbers.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) as usize % bound.max(1)
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }

    /// `data` with a few bits flipped, bytes set to extremes, words swapped, or its end cut off.
    pub(crate) fn mutate(&mut self, data: &[u8]) -> Vec<u8> {
        let mut data = data.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(data.len());
            match self.below(6) {
                0 => data.truncate(at.max(1)),
                1 => data[at] = 0xff,
                2 => data[at] = 0,
                3 => {
                    let (a, b) = (at & !3, self.below(data.len()) & !3);
                    for byte in 0..4 {
                        if a + byte < data.len() && b + byte < data.len() {
                            data.swap(a + byte, b + byte);
                        }
                    }
                }
                _ => data[at] ^= 1 << self.below(8),
            }
        }
        data
    }
}
