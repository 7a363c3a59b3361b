//! Bank requisites and the key digit that ties an account to its bank.

/// The weights of the digits, repeated.
const WEIGHTS: [u32; 3] = [7, 1, 3];

/// Where the key digit stands in an account number.
const KEY: usize = 8;

/// Whether a text is exactly so many decimal digits.
pub(crate) fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the key digit of a settlement account fits the БИК (Bank of Russia, rules of computing the key of an account).
///
/// Treasury accounts and the banks of the Treasury follow rules of their own; nothing is claimed about them, so they pass.
/// Both texts must be digits of the right length.
pub(crate) fn key_fits(bik: &str, account: &str) -> bool {
    let treasury = bik.starts_with("01") || account.starts_with("03") || account.starts_with("40102");
    treasury || sums_up(key_part(bik), account)
}

/// The account with the key digit that fits the БИК.
pub(crate) fn with_key(bik: &str, account: &str) -> String {
    let at = |key: char| -> String {
        account.char_indices().map(|(index, digit)| if index == KEY { key } else { digit }).collect()
    };
    ('0'..='9').map(at).find(|candidate| key_fits(bik, candidate)).unwrap_or_else(|| account.to_owned())
}

/// The three digits by which a bank takes part in the key: its own, or, for accounts held at the Bank of Russia itself (own
/// number 000, 001, 002), a zero and the number of the division.
fn key_part(bik: &str) -> [u8; 3] {
    match bik.as_bytes() {
        [_, _, _, _, tens, units, b'0', b'0', b'0'..=b'2'] => [b'0', *tens, *units],
        [.., hundreds, tens, units] => [*hundreds, *tens, *units],
        _ => [b'0'; 3],
    }
}

fn sums_up(key_part: [u8; 3], account: &str) -> bool {
    let digits = key_part.into_iter().chain(account.bytes()).map(|digit| u32::from(digit.wrapping_sub(b'0')));
    let sum: u32 = digits.zip(WEIGHTS.iter().cycle()).map(|(digit, weight)| digit * weight % 10).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::{key_fits, key_part, sums_up, with_key};

    #[test]
    fn correspondent_accounts_of_real_banks_have_keys_that_fit() {
        // Published requisites; a correspondent account is held at the Bank of Russia, so its division takes part.
        for (bik, account) in [
            ("044525225", "30101810400000000225"),
            ("044525974", "30101810145250000974"),
            ("044525593", "30101810200000000593"),
        ] {
            let division = format!("{}000", &bik[..6]);
            assert!(sums_up(key_part(&division), account), "{account}");
            assert!(key_fits(&division, account), "{account}");
        }
    }

    #[test]
    fn one_wrong_digit_is_always_noticed() {
        let account = with_key("040000999", "40702810000000000001");
        assert!(key_fits("040000999", &account));
        for position in 0..20 {
            let digit = account.as_bytes()[position];
            let mut wrong = account.clone().into_bytes();
            wrong[position] = if digit == b'9' { b'0' } else { digit + 1 };
            assert!(!key_fits("040000999", std::str::from_utf8(&wrong).unwrap()), "digit {position}");
        }
    }

    #[test]
    fn treasury_accounts_are_not_judged() {
        assert!(key_fits("010000001", "03100643000000010000"));
    }
}
