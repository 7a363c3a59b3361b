/* An engine that keeps keys, as those of tokens and of CryptoPro do: a PIN first, then a key by its identifier, which is the
   name of a file here. The algorithms are gost-engine's. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/pem.h>
#include <string.h>

static int opened;

static const ENGINE_CMD_DEFN commands[] = {
    {ENGINE_CMD_BASE, "PIN", "PIN of the invented token", ENGINE_CMD_FLAG_STRING},
    {0, NULL, NULL, 0},
};

static int control(ENGINE *engine, int command, long number, void *text, void (*function)(void)) {
    opened = command == ENGINE_CMD_BASE && text && strcmp(text, "0000") == 0;
    return opened;
}

static EVP_PKEY *private_key(ENGINE *engine, const char *id, UI_METHOD *ui, void *data) {
    BIO *file = opened ? BIO_new_file(id, "r") : NULL;
    EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, NULL, NULL) : NULL;
    BIO_free(file);
    return key;
}

/* Once a process: gost-engine does not come twice, and the second try with another PIN attaches again. */
static int algorithms(void) {
    ENGINE *gost = ENGINE_get_digest_engine(NID_id_GostR3411_2012_256);
    if (gost)
        return 1;
    gost = ENGINE_by_id("gost");
    return gost && ENGINE_init(gost) && ENGINE_set_default(gost, ENGINE_METHOD_ALL);
}

static int attach(ENGINE *engine, const char *id) {
    return algorithms() && ENGINE_set_id(engine, "keeper")
        && ENGINE_set_name(engine, "keeper of invented keys") && ENGINE_set_load_privkey_function(engine, private_key)
        && ENGINE_set_ctrl_function(engine, control) && ENGINE_set_cmd_defns(engine, commands);
}

IMPLEMENT_DYNAMIC_CHECK_FN()
IMPLEMENT_DYNAMIC_BIND_FN(attach)
