#include <base/result.hpp>

#include <fmt/format.h>

#include <stdexcept>

namespace itsup::base {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error(fmt::format("value() of a failed Result at {}:{}: {} ({})",
                                       where.file_name(), where.line(), error.message,
                                       error.detail));
}

}  // namespace itsup::base
