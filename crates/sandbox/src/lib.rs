//! A ГИС ЖКХ of one's own for development and tests: same contract, own rules, faults on demand.
