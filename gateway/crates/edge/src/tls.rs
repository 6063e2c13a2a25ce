//! TLS files, looked at before pingora does: it panics on what it cannot read.

use std::path::Path;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::EdgeError;

/// Checks that `cert` holds a chain and `key` a private key.
pub(crate) fn check(cert: &Path, key: &Path) -> Result<(), EdgeError> {
    let refuse = |file: &Path, problem: &str| EdgeError::Tls {
        file: file.to_owned(),
        problem: problem.to_owned(),
    };
    let mut chain = CertificateDer::pem_file_iter(cert).map_err(|_| {
        refuse(
            cert,
            "cannot be read; give the path of a PEM certificate chain",
        )
    })?;
    match chain.next() {
        Some(Ok(_)) => {}
        _ => {
            return Err(refuse(
                cert,
                "holds no PEM certificate; begin the file with the server's own certificate",
            ));
        }
    }
    PrivateKeyDer::from_pem_file(key).map(|_| ()).map_err(|_| {
        refuse(
            key,
            "holds no PEM private key that can be read (PKCS#8, PKCS#1 or SEC1)",
        )
    })
}
