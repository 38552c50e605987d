/* Libraries can be loaded at run time, used from threads, and unloaded. */
#include "compat.h"
#include <dlfcn.h>

static void *work(void *arg)
{
    double (*power)(double, double) = (double (*)(double, double))(uintptr_t)dlsym(arg, "pow");

    CHECK(power);
    return (void *)(long)power(2, 10);
}

int main(void)
{
    void *lib = dlopen("libm.so.6", RTLD_NOW);

    CHECK(lib);
    SHOW((long)work(lib));
    SHOW((long)join_thread(start_thread(work, lib)));
    SHOW(dlclose(lib));
    SAY("%s", dlopen("no-such-library.so", RTLD_NOW) ? "loaded" : "refused");
    return 0;
}
