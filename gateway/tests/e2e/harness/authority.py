"""A certificate authority of one's own, and what it gave to a server on this machine."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Authority:
    """`ca`: whom to trust; `cert` and `key`: of a server at 127.0.0.1. All are files of PEM."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.cert, self.key = (folder / f"{name}.pem" for name in ("ca", "cert", "key"))
        ours, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca = self.signed("an authority", "an authority", ours, ours, x509.BasicConstraints(ca=True, path_length=0))
        where = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        cert = self.signed("a server", "an authority", theirs, ours, where)
        pem = serialization.Encoding.PEM
        self.ca.write_bytes(ca.public_bytes(pem))
        self.cert.write_bytes(cert.public_bytes(pem))
        self.key.write_bytes(theirs.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    @staticmethod
    def signed(name: str, by: str, key, signer, extension) -> x509.Certificate:
        def called(words: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, words)])

        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder(called(by), called(name), key.public_key(), x509.random_serial_number(), now - DAY, now + DAY)
        return builder.add_extension(extension, critical=False).sign(signer, hashes.SHA256())

    def context(self) -> ssl.SSLContext:
        """As a server takes it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context
