"""A signing identity whose key lives in a PKCS#11 token: an HSM, a smart card, SoftHSM."""
