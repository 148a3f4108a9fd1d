// A secret on its way into a stream.
// error: no match for .*operator<<
#include <base/secret.hpp>

#include <iostream>

namespace itsup::base {

void show(const Secret& secret) {
#ifdef MUST_NOT_COMPILE
    std::cout << secret;
#else
    std::cout << fmt::format("{}", secret);
#endif
}

}  // namespace itsup::base
