//! `AttachmentHASH`, as `rhash 1.4.3 --gost94-cryptopro` writes it, and MD5.

use gis_gkh::files::{AttachmentHash, PART, content_md5, from_content_md5, md5};

/// `shared/docs/signing.md` §4 gives the first; the rest are what rhash printed for the same bytes.
const VECTORS: [(&[u8], &str); 5] = [
    (b"", "981e5f3ca30c841487830f84fb433e13ac1101569b9c13584ac483234cd656c0"),
    (b"a", "e74c52dd282183bf37af0079c9f78055715a103f17e3133ceff1aacf2f403011"),
    (b"abc", "b285056dbf18d7392d7677369524dd14747459ed8143997e163b2986f92fd42c"),
    (b"message digest", "bc6041dd2aa401ebfa6e9886734174febdb4729aa972d60f549ac39b29721ba0"),
    (
        b"The quick brown fox jumps over the lazy dog",
        "9004294a361a508c586fe53d1f1b02746765e71b765472786e4770d565830a76",
    ),
];

/// Bytes that no two parts have alike.
fn pattern(length: u64) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at * 7 + at / 251) % 256).unwrap()).collect()
}

#[test]
fn the_hash_is_that_of_other_tools() {
    for (bytes, hash) in VECTORS {
        assert_eq!(AttachmentHash::of(bytes), hash);
    }
    assert_eq!(AttachmentHash::of(&[b'U'; 128]), "1c4ac7614691bbf427fa2316216be8f10d92edfd37cd1027514c1008f649c4e8");
    // A block, and a block with one byte.
    assert_eq!(
        AttachmentHash::of(&(0..32).collect::<Vec<u8>>()),
        "23afc12c2ae8ed5fc89a8fea0b9e1d842b11618e4c9bab78b1aac3d0924c5650"
    );
    assert_eq!(
        AttachmentHash::of(&(0..33).collect::<Vec<u8>>()),
        "f82845e487ce5785609a6db8fe8dadff4e8dbd57e203a96e767faba241965171"
    );
}

#[test]
fn one_pass_gives_both_however_the_bytes_come() {
    let file = pattern(PART + 1);
    let whole = "36260d152ee2a339149a36ed5ab44b3eb823c828b1d34a247633afb754aea21d";
    let mut parts = AttachmentHash::new();
    let (first, last) = file.split_at(usize::try_from(PART).unwrap());
    assert_eq!(parts.part(first), md5(first));
    assert_eq!(parts.part(last), md5(last));
    assert_eq!(parts.finish(), whole);
    let mut crumbs = AttachmentHash::new();
    file.chunks(4097).for_each(|crumb| crumbs.update(crumb));
    assert_eq!(crumbs.finish(), whole);
}

#[test]
fn md5_goes_through_its_header() {
    // RFC 1321.
    let empty = md5(b"");
    assert_eq!(content_md5(&empty), "1B2M2Y8AsgTpgAmY7PhCfg==");
    assert_eq!(from_content_md5(" 1B2M2Y8AsgTpgAmY7PhCfg== "), Some(empty));
    for wrong in ["", "1B2M2Y8A", "d41d8cd98f00b204e9800998ecf8427e", "?"] {
        assert_eq!(from_content_md5(wrong), None, "{wrong}");
    }
}
