//! A segment being written: its room on the disk runs ahead of what is in it.

use std::io;

use crate::fs::SegmentFile;

/// Room is asked for by so many bytes: few enough that a process that was killed wastes little.
const ROOM: u64 = 1024 * 1024;

/// Appends durably. Dropped, it gives back the room that it did not use.
pub(crate) struct Segment {
    file: Box<dyn SegmentFile>,
    /// Bytes that are durable.
    good_bytes: u64,
    /// Up to here the disk was asked for room.
    room: u64,
}

impl Segment {
    pub(crate) const fn new(file: Box<dyn SegmentFile>) -> Self {
        Self {
            file,
            good_bytes: 0,
            room: 0,
        }
    }

    /// So many bytes are durable.
    pub(crate) const fn good_bytes(&self) -> u64 {
        self.good_bytes
    }

    /// All of it is durable or, on an error, nothing of it counts, and nothing else may follow.
    pub(crate) fn append(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let end = self.good_bytes + bytes.len() as u64;
        if end > self.room {
            let ahead = end + ROOM;
            // A disk that has no room ahead, or knows no such thing, may still have it for what is to be written now.
            let _ = self.file.make_room(self.room, ahead - self.room);
            self.room = ahead;
        }
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.file.sync()?;
        self.good_bytes = end;
        Ok(())
    }

    /// Takes away what does not count, as well as that can be, and says how much does.
    pub(crate) fn give_up(mut self) -> u64 {
        let cut = self.file.truncate(self.good_bytes);
        let _ = cut.and_then(|()| self.file.sync());
        self.good_bytes
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // Room left over is a waste, not a fault.
        let _ = self.file.truncate(self.good_bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use marshal_audit::testing::{Folder, skipped};

    use super::*;
    use crate::fs::{Fs, RealFs};

    #[test]
    fn room_runs_ahead_of_a_segment_and_is_given_back_at_its_end() {
        let folder = Folder::new();
        let path = folder.0.join("segment");
        let mut segment = Segment::new(RealFs.create(&path).unwrap());
        let occupied = || std::fs::metadata(&path).unwrap().blocks() * 512;
        if segment.file.make_room(0, ROOM).is_err() || occupied() < ROOM {
            return skipped("this disk gives no room ahead");
        }
        segment.append(&[b'a'; 700]).unwrap();
        segment.append(&[b'b'; 700]).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes, [[b'a'; 700], [b'b'; 700]].concat());
        assert!(occupied() >= ROOM);
        // A line as long as any: the next room begins behind it.
        let long = vec![b'c'; 2 * 1024 * 1024];
        segment.append(&long).unwrap();
        assert!(occupied() >= 3 * ROOM);
        drop(segment);
        assert!(occupied() < 1400 + long.len() as u64 + ROOM / 2);
        assert_eq!(std::fs::read(&path).unwrap(), [bytes, long].concat());
    }
}
