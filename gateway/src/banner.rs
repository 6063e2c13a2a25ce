//! What a person reads when the gateway starts. Goes to standard output and never to the log: it holds secrets.

use std::net::SocketAddr;

use marshal_types::Secret;

use crate::output::print;

/// What the banner says.
pub(crate) struct Banner {
    pub data: SocketAddr,
    pub control: SocketAddr,
    pub tls: bool,
    /// The first key, if this start made it.
    pub first_key: Option<Secret>,
    /// A one-time login, if this start made it.
    pub login: Option<Secret>,
    /// The first model that is listed.
    pub model: String,
    /// Where the trail lies.
    pub data_dir: String,
}

impl Banner {
    /// Prints it, as plain text.
    pub(crate) fn show(&self) {
        let data = format!(
            "{}://{}",
            if self.tls { "https" } else { "http" },
            self.data
        );
        let control = format!("http://{}", self.control);
        // What a newcomer needs stands last, where the eye is.
        let mut text = crate::coverage::short();
        text.push_str(&format!(
            "\nMarshal {} is ready.\n\n  applications   {data}\n  dashboard      {control}\n  data folder    {}\n\n",
            env!("CARGO_PKG_VERSION"),
            self.data_dir
        ));
        if let Some(key) = &self.first_key {
            text.push_str(&format!(
                "Your first API key, shown only now. Paste this to make a governed call:\n\n\
                 curl {data}/v1/chat/completions -H 'authorization: Bearer {}' -H 'content-type: application/json' \
                 -d '{{\"model\":\"{}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello, Marshal\"}}]}}'\n\n\
                 Lost it? marshal key create --name NAME\n\n",
                key.expose(),
                self.model
            ));
        }
        if let Some(login) = &self.login {
            text.push_str(&format!("See the call in the dashboard (works once; `marshal login` makes another):\n\n{}\n\n", login_address(self.control, login)));
        }
        print(&text);
    }
}

/// The address that signs a person in, once.
pub(crate) fn login_address(control: SocketAddr, login: &Secret) -> String {
    format!("http://{control}/login?token={}", login.expose())
}
