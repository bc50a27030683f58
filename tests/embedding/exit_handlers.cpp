// Loaded in front of the C library: notes, on descriptor 9, who registers something for the end of
// the process.
#include <unistd.h>

#include <dlfcn.h>

#include <string>

extern "C" int __cxa_atexit(void (*function)(void*), void* argument, void* library) {
  using Register = int (*)(void (*)(void*), void*, void*);
  static const auto next = reinterpret_cast<Register>(::dlsym(RTLD_NEXT, "__cxa_atexit"));
  Dl_info caller{};
  if (::dladdr(__builtin_return_address(0), &caller) != 0) {
    const std::string name = std::string(caller.dli_fname) + '\n';
    static_cast<void>(::write(9, name.data(), name.size()) > 0);
  }
  return next(function, argument, library);
}
