// A failure that nobody looks at.
// error: ignoring returned value
#include <base/result.hpp>

namespace itsup {

base::Result<> write_everything();

void save() {
#ifdef MUST_NOT_COMPILE
    write_everything();
#else
    static_cast<void>(write_everything());
#endif
}

}  // namespace itsup
