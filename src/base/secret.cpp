#include <base/secret.hpp>

#include <cstddef>

namespace itsup::base {

Secret::~Secret() {
    // volatile: the compiler may not drop a write to memory that is about to be freed.
    volatile char* bytes = value_.data();
    for (std::size_t i = 0; i < value_.size(); ++i) {
        bytes[i] = 0;
    }
}

bool Secret::equals(std::string_view other) const {
    unsigned difference = value_.size() == other.size() ? 0U : 1U;
    for (std::size_t i = 0; i < other.size(); ++i) {
        const char mine = value_.empty() ? '\0' : value_[i % value_.size()];
        difference |= static_cast<unsigned char>(mine ^ other[i]);
    }
    return difference == 0;
}

}  // namespace itsup::base
