//! TLS files, looked at before pingora does: it panics on what it cannot read.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::EdgeError;

/// Checks that `cert` holds a chain, `key` a private key, and that they go together.
pub(crate) fn check(cert: &Path, key: &Path) -> Result<(), EdgeError> {
    let refuse = |file: &Path, problem: &str| EdgeError::Tls {
        file: file.to_owned(),
        problem: problem.to_owned(),
    };
    let unreadable = |_| {
        refuse(
            cert,
            "cannot be read; give the path of a PEM certificate chain",
        )
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
        .map_err(unreadable)?
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    if chain.is_empty() {
        return Err(refuse(
            cert,
            "holds no PEM certificate; begin the file with the server's own certificate",
        ));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|_| {
        refuse(
            key,
            "holds no PEM private key that can be read (PKCS#8, PKCS#1 or SEC1)",
        )
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, private)
        })
        .map(|_| ())
        .map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => refuse(
                key,
                "is not the key of the certificate in tls.cert; give the key that it was issued for",
            ),
            other => refuse(cert, &format!("cannot be served ({other})")),
        })
}
