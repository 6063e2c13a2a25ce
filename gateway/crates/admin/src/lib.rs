//! The control plane: sign-in, admin interface, health and metrics.
