//! What happened to a call is proved offline, with nothing but a public key.

use serde_json::json;

use crate::support::{Dialect, Setup, Speech, until};

#[test]
fn a_call_is_proved_with_the_public_key_alone_and_a_kept_checkpoint_finds_what_is_gone() {
    let mut gateway = Setup::bare().start();
    let got = gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("demo/demo-chat", "hello"),
    );
    let call = got.call();
    until("the call is under a checkpoint", || {
        gateway
            .run(&["audit", "prove", &call])
            .code
            .filter(|code| *code == 0)
    });
    let key = gateway.run(&["audit", "key"]).stdout.trim().to_owned();
    let kept = gateway.home().join("kept.txt");
    std::fs::write(&kept, gateway.run(&["audit", "checkpoint"]).stdout).unwrap();
    for number in 1..=2 {
        let file = gateway.home().join(format!("{call}-{number}.tlog-proof"));
        let file = file.to_str().unwrap();
        let checked = gateway.run(&["audit", "prove", "--check", file, "--key", &key, "--json"]);
        assert_eq!(checked.code, Some(0), "{}", checked.stderr);
        assert_eq!(checked.json()["record"]["call"], call.as_str());
        let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let checked = gateway.run(&["audit", "prove", "--check", file, "--key", other]);
        assert_eq!(checked.code, Some(1));
    }
    gateway.ask(
        Dialect::OpenAi,
        &Dialect::OpenAi.says("demo/demo-chat", "hello"),
    );
    gateway.stop();
    let kept = kept.to_str().unwrap();
    let grown = gateway.run(&["audit", "diff", kept, "--json"]).json();
    assert_eq!(
        (&grown["ok"], &grown["kinds"]["complete"]),
        (&json!(true), &json!(1))
    );
    let verify = |more: &[&str]| {
        let mut arguments = vec!["audit", "verify", "--json", "--key", &key];
        arguments.extend(more);
        gateway.run(&arguments).json()
    };
    let whole = verify(&["--checkpoint", kept]);
    assert_eq!(
        (&whole["ok"], &whole["unsigned"]),
        (&json!(true), &json!(0)),
        "{whole}"
    );
    assert_eq!(whole["keys"], json!([key]));

    // The newest records cut off: the chain alone looks whole.
    let segment = crate::support::segments(&gateway.data_dir()).pop().unwrap();
    let text = std::fs::read_to_string(&segment).unwrap();
    let cut: String = text.split_inclusive('\n').take(3).collect();
    std::fs::write(&segment, cut).unwrap();
    assert_eq!(verify(&[])["ok"], true);
    let short = verify(&["--checkpoint", kept]);
    assert_eq!(short["ok"], false);
    assert_eq!(short["first_bad"]["line"], 4, "{short}");
}
