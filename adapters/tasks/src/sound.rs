//! How long a sound is, from its own bytes: what transcription costs where a provider does not say.

use memchr::memmem;

/// The length in thousandths of a second, rounded up.
///
/// Read from the file's own header where its format has one; else at most, at 8,000 bits a second.
pub(crate) fn milliseconds(bytes: &[u8]) -> u64 {
    stated(bytes)
        .filter(|&length| length > 0)
        .unwrap_or_else(|| at_most(bytes.len()))
}

/// The length that so many bytes of sound have at most, at 8,000 bits a second.
pub(crate) const fn at_most(bytes: usize) -> u64 {
    bytes as u64
}

/// A time of day as subtitles write it, `00:01:02,500` or `01:02.500`, in thousandths.
pub(crate) fn clock(text: &str) -> Option<u64> {
    let mut seconds = 0_u64;
    let (whole, fraction) = text.rsplit_once([',', '.'])?;
    for field in whole.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(field.parse().ok()?)?;
    }
    seconds
        .checked_mul(1_000)?
        .checked_add(fraction.parse().ok()?)
}

fn stated(bytes: &[u8]) -> Option<u64> {
    match bytes.get(..4)? {
        b"RIFF" => wave(bytes),
        b"fLaC" => flac(bytes),
        b"OggS" => ogg(bytes),
        [b'I', b'D', b'3', _] | [0xff, 0xe0..=0xff, ..] => mp3(bytes),
        _ if bytes.get(4..8) == Some(b"ftyp") => mp4(bytes),
        _ => None,
    }
}

fn per_second(count: u64, rate: u64) -> Option<u64> {
    (rate > 0).then(|| count.saturating_mul(1_000).div_ceil(rate))
}

fn little(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(length)?)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
    )
}

fn big(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(length)?)?;
    Some(
        field
            .iter()
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
    )
}

fn wave(bytes: &[u8]) -> Option<u64> {
    let mut at: usize = 12;
    let mut rate = None;
    loop {
        let name = bytes.get(at..at.checked_add(4)?)?;
        let size = usize::try_from(little(bytes, at + 4, 4)?).ok()?;
        let start = at + 8;
        match name {
            b"fmt " => rate = little(bytes, start + 8, 4),
            b"data" => {
                // A stream's writer does not know the size in advance.
                let length = size.min(bytes.len() - start.min(bytes.len()));
                return per_second(length as u64, rate?);
            }
            _ => {}
        }
        at = start.checked_add(size)?.checked_add(size % 2)?;
    }
}

fn flac(bytes: &[u8]) -> Option<u64> {
    let rate = big(bytes, 18, 3)? >> 4;
    let samples = big(bytes, 21, 5)? & 0xf_ffff_ffff;
    per_second(samples, rate)
}

fn ogg(bytes: &[u8]) -> Option<u64> {
    let head = bytes.get(..bytes.len().min(256))?;
    let rate = if memmem::find(head, b"OpusHead").is_some() {
        48_000
    } else {
        little(bytes, memmem::find(head, b"\x01vorbis")? + 12, 4)?
    };
    let last = memmem::rfind(bytes, b"OggS")?;
    per_second(little(bytes, last + 6, 8)?, rate)
}

fn mp4(bytes: &[u8]) -> Option<u64> {
    let at = memmem::find(bytes, b"mvhd")? + 4;
    let (scale, duration) = match bytes.get(at)? {
        1 => (big(bytes, at + 20, 4)?, big(bytes, at + 24, 8)?),
        _ => (big(bytes, at + 12, 4)?, big(bytes, at + 16, 4)?),
    };
    per_second(duration, scale)
}

/// Walks the frames: a file of a changing bit rate has no other true length.
fn mp3(bytes: &[u8]) -> Option<u64> {
    let mut at = 0;
    if bytes.starts_with(b"ID3") {
        let size = bytes.get(6..10)?;
        at = 10
            + size
                .iter()
                .fold(0, |sum, &byte| sum << 7 | usize::from(byte & 0x7f));
    }
    let (mut samples, mut rate) = (0_u64, 0);
    while let Some(frame) = frame(bytes.get(at..)?) {
        samples += frame.samples;
        rate = frame.rate;
        at = at.checked_add(frame.bytes)?;
        if at >= bytes.len() {
            break;
        }
    }
    per_second(samples, rate)
}

struct Frame {
    samples: u64,
    rate: u64,
    bytes: usize,
}

fn frame(header: &[u8]) -> Option<Frame> {
    const RATES: [u64; 3] = [44_100, 48_000, 32_000];
    const V1_L3: [u64; 14] = [
        32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ];
    const V2_L3: [u64; 14] = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let &[0xff, second, third, ..] = header else {
        return None;
    };
    let first_version = match second >> 3 & 3 {
        3 => true,
        0 | 2 => false,
        _ => return None,
    };
    let quarter = second >> 3 & 3 == 0;
    if second & 0xe0 != 0xe0 || second >> 1 & 3 != 1 {
        return None;
    }
    let rates = if first_version { V1_L3 } else { V2_L3 };
    let bits = rates.get(usize::from(third >> 4).checked_sub(1)?)? * 1_000;
    let base = *RATES.get(usize::from(third >> 2 & 3))?;
    let rate = match (first_version, quarter) {
        (true, _) => base,
        (false, false) => base / 2,
        (false, true) => base / 4,
    };
    let samples = if first_version { 1_152 } else { 576 };
    let padding = u64::from(third >> 1 & 1);
    let bytes = usize::try_from(samples / 8 * bits / rate + padding).ok()?;
    Some(Frame {
        samples,
        rate,
        bytes: bytes.max(4),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::milliseconds;

    #[test]
    fn a_wave_file_is_as_long_as_its_header_says() {
        let mut wave = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wave.extend_from_slice(&24_000_u32.to_le_bytes());
        wave.extend_from_slice(&48_000_u32.to_le_bytes());
        wave.extend_from_slice(b"\x02\0\x10\0data\xff\xff\xff\xff");
        wave.extend_from_slice(&[0; 72_000]);
        assert_eq!(milliseconds(&wave), 1_500);
    }

    #[test]
    fn an_mp3_file_is_as_long_as_its_frames() {
        // 128 kbit/s at 44,100 Hz: 417 bytes and 1,152 samples a frame.
        let mut frame = vec![0xff, 0xfb, 0x90, 0x00];
        frame.resize(417, 0);
        assert_eq!(milliseconds(&frame.repeat(100)), 2_613);
    }

    #[test]
    fn a_flac_and_an_ogg_file_say_their_samples() {
        let mut flac = b"fLaC\0\0\0\x22".to_vec();
        flac.extend_from_slice(&[0; 10]);
        flac.extend_from_slice(&[0x0a, 0xc4, 0x42, 0xf0]);
        flac.extend_from_slice(&88_200_u32.to_be_bytes());
        assert_eq!(milliseconds(&flac), 2_000);
        let page =
            |granule: u64| [b"OggS\0\0".as_slice(), &granule.to_le_bytes(), b"OpusHead"].concat();
        assert_eq!(milliseconds(&[page(0), page(96_000)].concat()), 2_000);
    }

    #[test]
    fn what_is_no_known_sound_counts_at_most() {
        assert_eq!(milliseconds(b"hello"), 5);
        assert_eq!(milliseconds(b""), 0);
        assert_eq!(milliseconds(b"RIFFxxxxWAVE"), 12);
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_length(start in prop::sample::select(vec!["RIFF1234WAVEfmt ", "fLaC", "OggS", "ID3", "1234ftypmvhd", ""]), rest: Vec<u8>) {
            milliseconds(&[start.as_bytes(), &rest].concat());
        }
    }
}
