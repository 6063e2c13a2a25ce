//! Amazon Bedrock's Converse dialect, whole and streamed.
