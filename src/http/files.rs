//! The file store's requests over the same connections as messages.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, header};
use http_body_util::Full;

use super::{Http, unwritable};
use crate::connect::Connect;
use crate::files::{FileCall, FileReply, FileTransport, Verb};
use crate::transport::{Boxed, TransportError};

impl<C: Connect> Http<C> {
    fn file_request(&self, call: FileCall) -> Result<Request<Full<Bytes>>, TransportError> {
        let mut request = Request::new(Full::new(call.body));
        *request.method_mut() = match call.verb {
            Verb::Get => Method::GET,
            Verb::Head => Method::HEAD,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
        };
        let path = call.path.starts_with('/').then(|| call.path.parse().ok()).flatten();
        *request.uri_mut() = path.ok_or_else(|| unwritable(format!("`{}` is no path", call.path)))?;
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.host.clone());
        for (name, value) in call.headers {
            // The value may be the name of a file.
            let value = HeaderValue::from_str(&value);
            let value = value.map_err(|_| unwritable(format!("the value of `{name}` cannot stand in a header")))?;
            headers.insert(HeaderName::from_static(name), value);
        }
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(request)
    }
}

impl<C: Connect> FileTransport for Http<C> {
    fn call(&self, call: FileCall) -> Boxed<'_, Result<FileReply, TransportError>> {
        Box::pin(async move {
            let (head, body) = self.exchange(self.file_request(call)?, &|| true).await?;
            let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
            let headers = head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
            Ok(FileReply { status: head.status.as_u16(), headers, body: body.into() })
        })
    }
}
