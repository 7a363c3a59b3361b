//! The read-me of a pack, in Russian and English.

use super::{Order, Packed};
use crate::archive::moment::rfc3339;

const RU: &str = include_str!("readme.ru.txt");
const EN: &str = include_str!("readme.en.txt");

/// The text, both languages one after the other.
pub(super) fn text(order: &Order, packed: &Packed) -> String {
    let fill = |template: &str, signature: &str| {
        template
            .replace("{made}", &rfc3339(order.made))
            .replace("{program}", &order.program)
            .replace("{pieces}", &packed.pieces.to_string())
            .replace("{erased}", &packed.erased.to_string())
            .replace("{expired}", &packed.expired.to_string())
            .replace("{open}", &packed.open_links.to_string())
            .replace("{signature}", signature)
            // Last: what a person has written is not a template.
            .replace("{subject}", &order.subject)
    };
    format!("{}\n{}\n\n{}", fill(RU, &order.signature_ru), "=".repeat(100), fill(EN, &order.signature_en))
}
