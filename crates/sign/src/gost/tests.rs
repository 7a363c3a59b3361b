//! Vectors and properties that need the inside: chosen nonces, parameter sets, raw points.

use crypto_bigint::{Odd, U256, U512, Uint};

use super::curve::with_parameters;
use super::parameters::{NARROW, Numbers, Parameters, WIDE};
use super::point::Point;
use super::*;

/// RFC 7091 §7.1.
static EXAMPLE_256: Parameters<NARROW> = Parameters::new(&Numbers {
    p: Odd::<U256>::from_be_hex("8000000000000000000000000000000000000000000000000000000000000431"),
    a: U256::from_be_hex("0000000000000000000000000000000000000000000000000000000000000007"),
    b: U256::from_be_hex("5FBFF498AA938CE739B8E022FBAFEF40563F6E6A3472FC2A514C0CE9DAE23B7E"),
    q: Odd::<U256>::from_be_hex("8000000000000000000000000000000150FE8A1892976154C59CFC193ACCF5B3"),
    x: U256::from_be_hex("0000000000000000000000000000000000000000000000000000000000000002"),
    y: U256::from_be_hex("08E2A8A0E65147D4BD6316030E16D19C85C97F0A9CA267122B96ABBCEA7E8FC8"),
    cofactor: 1,
});

/// RFC 7091 §7.2.
static EXAMPLE_512: Parameters<WIDE> = Parameters::new(&Numbers {
    p: Odd::<U512>::from_be_hex(
        "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D\
         F1D852741AF4704A0458047E80E4546D35B8336FAC224DD81664BBF528BE6373",
    ),
    a: U512::from_be_hex(
        "0000000000000000000000000000000000000000000000000000000000000000\
         0000000000000000000000000000000000000000000000000000000000000007",
    ),
    b: U512::from_be_hex(
        "1CFF0806A31116DA29D8CFA54E57EB748BC5F377E49400FDD788B649ECA1AC43\
         61834013B2AD7322480A89CA58E0CF74BC9E540C2ADD6897FAD0A3084F302ADC",
    ),
    q: Odd::<U512>::from_be_hex(
        "4531ACD1FE0023C7550D267B6B2FEE80922B14B2FFB90F04D4EB7C09B5D2D15D\
         A82F2D7ECB1DBAC719905C5EECC423F1D86E25EDBE23C595D644AAF187E6E6DF",
    ),
    x: U512::from_be_hex(
        "24D19CC64572EE30F396BF6EBBFD7A6C5213B3B3D7057CC825F91093A68CD762\
         FD60611262CD838DC6B60AA7EEE804E28BC849977FAC33B4B530F1B120248A9A",
    ),
    y: U512::from_be_hex(
        "2BB312A43BD2CE6E0D020613C857ACDDCFBF061E91E5F2C3F32447C259F39B2C\
         83AB156D77F1496BF7EB3351E1EE4E43DC1A18B91B24640B6DBB92CB1ADD371E",
    ),
    cofactor: 1,
});

/// A worked example of RFC 7091: big-endian hexadecimal numbers as the standard prints them.
struct Example {
    d: &'static str,
    x: &'static str,
    y: &'static str,
    e: &'static str,
    k: &'static str,
    r: &'static str,
    s: &'static str,
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn reversed(hex: &str) -> Vec<u8> {
    bytes(hex).into_iter().rev().collect()
}

fn check_example<const LIMBS: usize>(parameters: &Parameters<LIMBS>, example: &Example) {
    let key = parameters.decode_scalar(&reversed(example.d)).unwrap();
    let public = [reversed(example.x), reversed(example.y)].concat();
    assert_eq!(parameters.public_of(&key).unwrap(), public);

    let digest = reversed(example.e);
    let nonce = parameters.decode_scalar(&reversed(example.k)).unwrap();
    let signature = [bytes(example.s), bytes(example.r)].concat();
    assert_eq!(parameters.sign_with_nonce(&key, &digest, &nonce).unwrap(), signature);

    assert!(parameters.verify(&public, &digest, &signature));
    for position in [0, signature.len() / 2 - 1, signature.len() - 1] {
        let mut broken = signature.clone();
        broken[position] ^= 1;
        assert!(!parameters.verify(&public, &digest, &broken), "byte {position} of the signature");
    }
    let mut other = digest;
    other[0] ^= 1;
    assert!(!parameters.verify(&public, &other, &signature));
}

#[test]
fn rfc_7091_section_7_1() {
    check_example(
        &EXAMPLE_256,
        &Example {
            d: "7A929ADE789BB9BE10ED359DD39A72C11B60961F49397EEE1D19CE9891EC3B28",
            x: "7F2B49E270DB6D90D8595BEC458B50C58585BA1D4E9B788F6689DBD8E56FD80B",
            y: "26F1B489D6701DD185C8413A977B3CBBAF64D1C593D26627DFFB101A87FF77DA",
            e: "2DFBC1B372D89A1188C09C52E0EEC61FCE52032AB1022E8E67ECE6672B043EE5",
            k: "77105C9B20BCD3122823C8CF6FCC7B956DE33814E95B7FE64FED924594DCEAB3",
            r: "41AA28D2F1AB148280CD9ED56FEDA41974053554A42767B83AD043FD39DC0493",
            s: "01456C64BA4642A1653C235A98A60249BCD6D3F746B631DF928014F6C5BF9C40",
        },
    );
}

#[test]
fn rfc_7091_section_7_2() {
    check_example(
        &EXAMPLE_512,
        &Example {
            d: "0BA6048AADAE241BA40936D47756D7C93091A0E8514669700EE7508E508B1020\
                72E8123B2200A0563322DAD2827E2714A2636B7BFD18AADFC62967821FA18DD4",
            x: "115DC5BC96760C7B48598D8AB9E740D4C4A85A65BE33C1815B5C320C854621DD\
                5A515856D13314AF69BC5B924C8B4DDFF75C45415C1D9DD9DD33612CD530EFE1",
            y: "37C7C90CD40B0F5621DC3AC1B751CFA0E2634FA0503B3D52639F5D7FB72AFD61\
                EA199441D943FFE7F0C70A2759A3CDB84C114E1F9339FDF27F35ECA93677BEEC",
            e: "3754F3CFACC9E0615C4F4A7C4D8DAB531B09B6F9C170C533A71D147035B0C591\
                7184EE536593F4414339976C647C5D5A407ADEDB1D560C4FC6777D2972075B8C",
            k: "0359E7F4B1410FEACC570456C6801496946312120B39D019D455986E364F3658\
                86748ED7A44B3E794434006011842286212273A6D14CF70EA3AF71BB1AE679F1",
            r: "2F86FA60A081091A23DD795E1E3C689EE512A3C82EE0DCC2643C78EEA8FCACD3\
                5492558486B20F1C9EC197C90699850260C93BCBCD9C5C3317E19344E173AE36",
            s: "1081B394696FFE8E6585E7A9362D26B6325F56778AADBC081C0BFBE933D52FF5\
                823CE288E8C4F362526080DF7F70CE406A6EEB1F56919CB92A9853BDE73E5B4A",
        },
    );
}

fn check_parameters<const LIMBS: usize>(name: &str, parameters: &Parameters<LIMBS>) {
    let base = &parameters.base;
    assert!(parameters.is_on_curve(&base.x, &base.y), "{name}: base point off the curve");
    let q = parameters.q().as_ref();
    assert!(parameters.is_identity(&parameters.multiply(q, base)), "{name}: q · base is not the identity");
    // Two ways of the same multiple: windows against a chain of additions, and the sum of both tables.
    let mut chain = parameters.identity();
    for _ in 0..1000 {
        chain = parameters.add(&chain, base);
    }
    let thousand = Uint::from(1000u32);
    assert_eq!(parameters.affine(&chain), parameters.affine(&parameters.multiply(&thousand, base)), "{name}");
    let halves = parameters.multiply_two_vartime(
        &Uint::from(400u32),
        &Uint::from(200u32),
        &parameters.add(base, &parameters.double(base)),
    );
    assert_eq!(parameters.affine(&chain), parameters.affine(&halves), "{name}");
    // (q - 1) · base = -base.
    let last = parameters.multiply(&q.wrapping_sub(&Uint::ONE), base);
    assert!(parameters.is_identity(&parameters.add(&last, base)), "{name}");
}

#[test]
fn base_points_lie_on_their_curves_and_have_order_q() {
    for curve in Curve::ALL {
        with_parameters!(curve, parameters => check_parameters(&format!("{curve:?}"), parameters));
    }
    check_parameters("RFC 7091 §7.1", &EXAMPLE_256);
    check_parameters("RFC 7091 §7.2", &EXAMPLE_512);
}

#[test]
fn a_zero_digest_signs_as_one() {
    let parameters = &EXAMPLE_256;
    let key = Uint::from(12345u32);
    let nonce = Uint::from(67890u32);
    let mut one = [0; 32];
    one[0] = 1;
    let of_zero = parameters.sign_with_nonce(&key, &[0; 32], &nonce).unwrap();
    assert_eq!(of_zero, parameters.sign_with_nonce(&key, &one, &nonce).unwrap());
    // q itself is 0 modulo q as well.
    let q = parameters.q().as_ref().to_le_bytes();
    assert_eq!(of_zero, parameters.sign_with_nonce(&key, q.as_ref(), &nonce).unwrap());
}

#[test]
fn a_nonce_that_makes_r_or_s_zero_gives_no_signature() {
    // CryptoPro-C has its base point at x = 0: the nonce 1 makes r = 0.
    with_parameters!(Curve::CryptoProC, parameters => {
        assert!(parameters.sign_with_nonce(&Uint::from(5u32), &[7; 64][..curve_bytes(Curve::CryptoProC)], &Uint::ONE).is_none());
    });
    // s = r·d + k·e = 0 for d = -k·e/r.
    let parameters = &EXAMPLE_256;
    let order = |value: &U256| crypto_bigint::modular::FixedMontyForm::new(value, &parameters.order);
    let (r, _) = parameters.affine(&parameters.multiply(&U256::from(3u8), &parameters.base)).unwrap();
    let mut digest = [0; 32];
    digest[0] = 9;
    let key = (-(order(&U256::from(27u8)) * order(&r.rem(parameters.q())).invert().unwrap())).retrieve();
    assert!(parameters.sign_with_nonce(&key, &digest, &U256::from(3u8)).is_none());
    assert!(parameters.sign_with_nonce(&key, &digest, &U256::from(4u8)).is_some());
}

fn curve_bytes(curve: Curve) -> usize {
    curve.key_size().bytes()
}

#[test]
fn signature_numbers_out_of_range_are_refused() {
    let parameters = &EXAMPLE_256;
    let key = Uint::from(12345u32);
    let public = parameters.public_of(&key).unwrap();
    let digest = [3; 32];
    let good = parameters.sign_with_nonce(&key, &digest, &Uint::from(67890u32)).unwrap();
    assert!(parameters.verify(&public, &digest, &good));
    let (s, r) = good.split_at(32);
    let q = parameters.q().as_ref();
    let above = |bytes: &[u8]| Uint::<NARROW>::from_be_slice(bytes).wrapping_add(q).to_be_bytes().as_ref().to_vec();
    for (s, r) in [(vec![0; 32], r.to_vec()), (s.to_vec(), vec![0; 32]), (above(s), r.to_vec()), (s.to_vec(), above(r))]
    {
        assert!(!parameters.verify(&public, &digest, &[s, r].concat()));
    }
}

/// Some point of order two of a curve with a cofactor: `(x, 0)`, found as `q · P` or `2q · P` of points tried in turn.
fn point_outside_of_the_subgroup<const LIMBS: usize>(parameters: &Parameters<LIMBS>) -> Point<LIMBS> {
    use crypto_bigint::modular::FixedMontyForm;
    for x in 1u32..200 {
        let x = FixedMontyForm::new(&Uint::from(x), &parameters.field);
        let square = (x.square() + parameters.a) * x + parameters.b;
        // p = 3 mod 4 on both curves with a cofactor, so that a root is a power.
        let exponent = parameters.field.modulus().as_ref().wrapping_add(&Uint::ONE).shr_vartime(2);
        let y = square.pow(&exponent);
        if y.square() != square {
            continue;
        }
        let point = Point { x, y, z: FixedMontyForm::one(&parameters.field) };
        let times_q = parameters.multiply(parameters.q().as_ref(), &point);
        if !parameters.is_identity(&times_q) {
            return point;
        }
    }
    panic!("no point outside of the subgroup found")
}

#[test]
fn points_outside_of_the_prime_order_subgroup_are_refused() {
    for curve in [Curve::Tc26A256, Curve::Tc26C512] {
        with_parameters!(curve, parameters => {
            let stray = point_outside_of_the_subgroup(parameters);
            let (x, y) = parameters.affine(&stray).unwrap();
            let bytes = [x.to_le_bytes().as_ref().to_vec(), y.to_le_bytes().as_ref().to_vec()].concat();
            assert!(parameters.decode_point(&bytes).is_some(), "the point is on the curve");
            assert_eq!(PublicKey::from_coordinates(curve, &bytes), Err(PublicKeyError::SmallOrder));
        });
    }
}

struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(self.0);
        Ok(())
    }
}

struct Broken;

impl Entropy for Broken {
    fn fill(&self, _: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError::new("the source is closed"))
    }
}

#[test]
fn every_curve_signs_and_verifies_and_tells_halves_apart() {
    for curve in Curve::ALL {
        let size = curve.key_size();
        let key = PrivateKey::from_scalar(curve, &vec![0x17; size.bytes()]).unwrap();
        let digest = digest(size, b"canonical SignedInfo");
        let signature = key.sign_digest(&digest, &Fixed(1)).unwrap();
        assert_eq!(signature.len(), size.signature_bytes());
        key.public_key().verify(&digest, &signature).unwrap();

        let mut swapped = signature.clone();
        swapped.rotate_left(size.bytes());
        assert_eq!(key.public_key().verify(&digest, &swapped), Err(SignatureError::Swapped), "{curve:?}");
        let mut wrong = signature.clone();
        wrong[5] ^= 0x40;
        assert_eq!(key.public_key().verify(&digest, &wrong), Err(SignatureError::Wrong), "{curve:?}");
        let other = super::digest(size, b"another SignedInfo");
        assert_eq!(key.public_key().verify(&other, &signature), Err(SignatureError::Wrong), "{curve:?}");
        assert!(matches!(key.public_key().verify(&digest, &signature[1..]), Err(SignatureError::Length { .. })));
        assert!(matches!(key.public_key().verify(&digest[1..], &signature), Err(SignatureError::DigestLength { .. })));
        assert!(matches!(key.sign_digest(&digest[1..], &Fixed(1)), Err(PrivateKeyError::Digest(_))));
    }
}

#[test]
fn nonces_depend_on_digest_entropy_and_key_and_repeat_otherwise() {
    let key = PrivateKey::from_scalar(Curve::CryptoProA, &[0x17; 32]).unwrap();
    let r =
        |key: &PrivateKey, digest: &[u8], entropy: u8| key.sign_digest(digest, &Fixed(entropy)).unwrap()[32..].to_vec();
    let first = r(&key, &[1; 32], 1);
    assert_eq!(first, r(&key, &[1; 32], 1));
    assert_ne!(first, r(&key, &[2; 32], 1));
    assert_ne!(first, r(&key, &[1; 32], 2));
    assert_ne!(first, r(&PrivateKey::from_scalar(Curve::CryptoProA, &[0x18; 32]).unwrap(), &[1; 32], 1));
}

#[test]
fn nothing_is_signed_without_entropy() {
    let key = PrivateKey::from_scalar(Curve::CryptoProA, &[0x17; 32]).unwrap();
    assert!(matches!(key.sign_digest(&[1; 32], &Broken), Err(PrivateKeyError::Entropy(_))));
}

#[test]
fn nonces_fill_the_whole_range_below_q_and_never_reach_it() {
    // tc26-256-A: q has 255 bits, so half of the candidates are thrown away and the top bit is never set.
    with_parameters!(Curve::Tc26A256, parameters => {
        let q = parameters.q().as_ref();
        let half = q.shr_vartime(1);
        let (mut low, mut high) = (0, 0);
        for round in 0u8..=255 {
            let mut nonces = super::nonce::Nonces::new(parameters, &[1; 32], &[round; 32], &[0; 64]);
            let (first, second) = (nonces.next(parameters).unwrap(), nonces.next(parameters).unwrap());
            assert!(*first != *second && *first < *q && *first != Uint::ZERO);
            if *first < half { low += 1 } else { high += 1 }
        }
        assert!(low > 90 && high > 90, "{low} below the middle, {high} above");
    });
}

#[test]
fn keys_out_of_range_are_refused() {
    for curve in Curve::ALL {
        let bytes = curve.key_size().bytes();
        let q = with_parameters!(curve, parameters => parameters.q().as_ref().to_le_bytes().as_ref().to_vec());
        for bad in [vec![0; bytes], q, vec![0xff; bytes], vec![1; bytes - 1], vec![1; bytes + 1]] {
            assert!(matches!(PrivateKey::from_scalar(curve, &bad), Err(PrivateKeyError::OutOfRange)), "{curve:?}");
        }
    }
}

#[test]
fn public_keys_off_the_curve_are_refused() {
    for curve in Curve::ALL {
        let size = curve.key_size();
        let good =
            PrivateKey::from_scalar(curve, &vec![0x17; size.bytes()]).unwrap().public_key().coordinates().to_vec();
        PublicKey::from_coordinates(curve, &good).unwrap();
        let mut off = good.clone();
        off[0] ^= 1;
        assert_eq!(PublicKey::from_coordinates(curve, &off), Err(PublicKeyError::OffCurve), "{curve:?}");
        assert_eq!(PublicKey::from_coordinates(curve, &vec![0xff; good.len()]), Err(PublicKeyError::OffCurve));
        assert!(matches!(PublicKey::from_coordinates(curve, &good[1..]), Err(PublicKeyError::Malformed { .. })));
    }
}

#[test]
fn debug_output_of_a_key_shows_no_digit_of_it() {
    let key = PrivateKey::from_scalar(Curve::CryptoProA, &[0x17; 32]).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey { curve: CryptoProA, .. }");
}

/// The self-signed certificate of RFC 9215 appendix A under its own key, on a curve that is no public parameter set.
fn check_example_certificate<const LIMBS: usize>(parameters: &Parameters<LIMBS>, size: KeySize, pem: &str) {
    use der::{Decode as _, DecodePem as _, Encode as _};
    let certificate = x509_cert::Certificate::from_pem(pem).unwrap();
    let fields = certificate.tbs_certificate();
    let public = fields.subject_public_key_info().subject_public_key.as_bytes().unwrap();
    let public = <&der::asn1::OctetStringRef>::from_der(public).unwrap().as_bytes();
    let digest = digest(size, &fields.to_der().unwrap());
    let signature = certificate.signature().as_bytes().unwrap();
    assert!(parameters.verify(public, &digest, signature));
    assert!(!parameters.verify(public, &digest, &[&signature[size.bytes()..], &signature[..size.bytes()]].concat()));
}

#[test]
fn rfc_9215_example_certificates_on_example_curves() {
    let narrow = include_str!("../../tests/rfc9215/a1-256-example-curve.crt");
    check_example_certificate(&EXAMPLE_256, KeySize::Bits256, narrow);
    let wide = include_str!("../../tests/rfc9215/a3-512-example-curve.crt");
    check_example_certificate(&EXAMPLE_512, KeySize::Bits512, wide);
}
