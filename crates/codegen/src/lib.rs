//! Generator of typed ГИС ЖКХ clients: WSDL and XSD to a model, the model to Rust.
