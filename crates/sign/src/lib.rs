//! XAdES-BES on GOST keys for ГИС ЖКХ: canonical XML, signing, verification.
