#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

// A function-like macro, which Swift does not import.
static inline int clibcrypto_error_reason(unsigned long error) { return ERR_GET_REASON(error); }

// A variadic function behind a macro, which Swift does not import.
static inline EVP_PKEY *clibcrypto_generate_p256(void) { return EVP_EC_gen("P-256"); }
