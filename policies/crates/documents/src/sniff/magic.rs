//! Files that say in their first bytes what they are.

use crate::Type;

/// Where the bytes stand, the bytes, and what they mean.
const MAGIC: &[(usize, &[u8], Type)] = &[
    (0, b"%PDF-", Type::Pdf),
    (0, b"{\\rtf", Type::Rtf),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Type::Compound),
    (0, b"\x89PNG\r\n\x1a\n", Type::Image("png")),
    (0, b"\xff\xd8\xff", Type::Image("jpeg")),
    (0, b"GIF87a", Type::Image("gif")),
    (0, b"GIF89a", Type::Image("gif")),
    (0, b"II*\0", Type::Image("tiff")),
    (0, b"MM\0*", Type::Image("tiff")),
    (0, b"II\xbc\x01", Type::Image("jxr")),
    (0, b"\0\0\x01\0", Type::Image("ico")),
    (0, b"8BPS\0", Type::Image("psd")),
    (0, b"\xff\x0a", Type::Image("jxl")),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", Type::Image("jxl")),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", Type::Image("jp2")),
    (0, b"\xd7\xcd\xc6\x9a", Type::Image("wmf")),
    (40, b" EMF", Type::Image("emf")),
    (8, b"WEBP", Type::Image("webp")),
    (4, b"ftypavif", Type::Image("avif")),
    (4, b"ftypheic", Type::Image("heic")),
    (4, b"ftypheix", Type::Image("heic")),
    (4, b"ftypmif1", Type::Image("heif")),
    (4, b"ftypM4A", Type::Audio("m4a")),
    (4, b"ftypqt", Type::Video("mov")),
    (4, b"ftyp", Type::Video("mp4")),
    (8, b"WAVE", Type::Audio("wav")),
    (8, b"AIFF", Type::Audio("aiff")),
    (8, b"AVI ", Type::Video("avi")),
    (0, b"ID3", Type::Audio("mp3")),
    (0, b"\xff\xfb", Type::Audio("mp3")),
    (0, b"\xff\xf3", Type::Audio("mp3")),
    (0, b"\xff\xf2", Type::Audio("mp3")),
    (0, b"\xff\xf1", Type::Audio("aac")),
    (0, b"\xff\xf9", Type::Audio("aac")),
    (0, b"fLaC", Type::Audio("flac")),
    (0, b"MThd", Type::Audio("midi")),
    (0, b"OggS", Type::Audio("ogg")),
    (0, b"#!AMR", Type::Audio("amr")),
    (0, b"\x1a\x45\xdf\xa3", Type::Video("mkv")),
    (0, b"\0\0\x01\xba", Type::Video("mpeg")),
    (0, b"\0\0\x01\xb3", Type::Video("mpeg")),
    (0, b"FLV\x01", Type::Video("flv")),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Type::Video("asf")),
    (0, b"\x1f\x8b", Type::Archive),
    (0, b"BZh", Type::Archive),
    (0, b"\xfd7zXZ\0", Type::Archive),
    (0, b"\x28\xb5\x2f\xfd", Type::Archive),
    (0, b"\x04\x22\x4d\x18", Type::Archive),
    (0, b"7z\xbc\xaf\x27\x1c", Type::Archive),
    (0, b"Rar!\x1a\x07", Type::Archive),
    (0, b"MSCF\0\0\0\0", Type::Archive),
    (0, b"!<arch>\n", Type::Archive),
    (0, b"xar!", Type::Archive),
    (257, b"ustar", Type::Archive),
    (32_769, b"CD001", Type::Archive),
    (0, b"\x7fELF", Type::Executable),
    (0, b"\xfe\xed\xfa\xce", Type::Executable),
    (0, b"\xfe\xed\xfa\xcf", Type::Executable),
    (0, b"\xce\xfa\xed\xfe", Type::Executable),
    (0, b"\xcf\xfa\xed\xfe", Type::Executable),
    (0, b"\xca\xfe\xba\xbe", Type::Executable),
    (0, b"\0asm", Type::Executable),
    (0, b"dex\n03", Type::Executable),
];

/// The type by its magic bytes.
pub(crate) fn kind(bytes: &[u8]) -> Option<Type> {
    let at = |from: usize, magic: &[u8]| {
        bytes
            .get(from..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    for (from, magic, kind) in MAGIC {
        // What stands behind `RIFF` or `FORM` counts only there; a text may have those letters by chance.
        let framed = *from != 8 || at(0, b"RIFF") || at(0, b"FORM");
        if framed && at(*from, magic) {
            return Some(*kind);
        }
    }
    // Two letters are little: a text may begin with them, a program has zeros near.
    let zeros = bytes.get(..64).unwrap_or(bytes).contains(&0);
    if zeros && at(0, b"MZ") {
        return Some(Type::Executable);
    }
    (zeros && at(0, b"BM")).then_some(Type::Image("bmp"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_magic_comes_first() {
        assert_eq!(kind(b"\0\0\0\x18ftypavif"), Some(Type::Image("avif")));
        assert_eq!(kind(b"BMW is a car"), None);
        assert_eq!(kind(b"I see WEBP"), None);
    }
}
