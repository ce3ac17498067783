#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

// A function-like macro, which Swift does not import.
static inline int clibcrypto_error_reason(unsigned long error) { return ERR_GET_REASON(error); }
