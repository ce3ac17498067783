/// Certificates that BMCs signed for themselves, with their keys, which are for these tests alone.
package struct TestCertificate {
    package let fingerprint: String
    package let certificate: String
    package let key: String

    /// It ran out in 2020, as those of many BMCs have.
    package static let first = TestCertificate(
        fingerprint:
            "33:36:22:EF:56:CE:27:E3:03:CD:5F:EC:BE:55:1E:99:9D:40:09:F4:5B:72:F2:11:97:20:6A:CE:3E:E3:14:AE",
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBBzCBr6ADAgECAgEBMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA2JtYzAeFw0x
            MDAxMDEwMDAwMDBaFw0yMDAxMDEwMDAwMDBaMA4xDDAKBgNVBAMMA2JtYzBZMBMG
            ByqGSM49AgEGCCqGSM49AwEHA0IABDK4hINgjVi8gYy3E1887d9ObaNf8tWWVHi8
            rkl/zNXXW2W9OSLuiw15nQ/v9zF5AwsnvuMFc3nlhpWPmZsWNZ0wCgYIKoZIzj0E
            AwIDRwAwRAIgbCEt7dFSx1xPHIdD1XGaBAp+q5FlUc1hvoyt55OHzt8CICHVm87/
            hRq0KeuBUKLrLm9lo8gvtUNsq90bkUkYU0qr
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRDJ+00pCwWVGgXH5
            E+dzUkscqqaGwVY2ZKTmZ6TqzoGhRANCAAQyuISDYI1YvIGMtxNfPO3fTm2jX/LV
            llR4vK5Jf8zV11tlvTki7osNeZ0P7/cxeQMLJ77jBXN55YaVj5mbFjWd
            -----END PRIVATE KEY-----
            """)

    package static let second = TestCertificate(
        fingerprint:
            "E5:61:74:60:C4:45:96:3C:48:5D:51:6E:27:18:43:A1:D3:99:2A:2C:18:06:A8:C1:67:56:25:32:39:4D:A8:87",
        certificate: """
            -----BEGIN CERTIFICATE-----
            MIIBBzCBr6ADAgECAgECMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA2JtYzAeFw0y
            MDAxMDEwMDAwMDBaFw00OTAxMDEwMDAwMDBaMA4xDDAKBgNVBAMMA2JtYzBZMBMG
            ByqGSM49AgEGCCqGSM49AwEHA0IABDe4TgzSOQrNbHkYdCHEmANk661sWXLscV9v
            1uyA5Grp2vaF/VCAoW8wm26dN9iLdr2OMh6HLYI7kyeIOjL13a4wCgYIKoZIzj0E
            AwIDRwAwRAIgAn6Ei2qUV4IF7vbAN6uRqA+IDkxObDuHkDd0Mrd/6VcCIAQ2oT5u
            O8TVpi/d3eySG8ZvL8v7XjAUzBhHUPyDpuYQ
            -----END CERTIFICATE-----
            """,
        key: """
            -----BEGIN PRIVATE KEY-----
            MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8EF6GDDiFfhKBQ8I
            7DtVpGi+fv39Pcx5ERh0ejQPbAShRANCAAQ3uE4M0jkKzWx5GHQhxJgDZOutbFly
            7HFfb9bsgORq6dr2hf1QgKFvMJtunTfYi3a9jjIehy2CO5MniDoy9d2u
            -----END PRIVATE KEY-----
            """)
}
