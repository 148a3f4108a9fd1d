#pragma once

#include <base/error.hpp>

#include <boost/system/result.hpp>

#include <utility>

namespace itsup::base {

/// A value or an Error; ignoring one is a compiler error. `std::expected` is invisible to clang 14,
/// so this stands on boost::system::result.
template <class T = void>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
    using Base = boost::system::result<T, Error>;

  public:
    using Base::Base;
};

}  // namespace itsup::base

// boost::system asks how to throw an Error when value() is called on a failure: that is our bug.
namespace itsup::base {
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);
}

#define ITSUP_CAT_(a, b) a##b
#define ITSUP_CAT(a, b) ITSUP_CAT_(a, b)
#define ITSUP_TRY_(tmp, ret, decl, ...) \
    auto tmp = (__VA_ARGS__);           \
    if (tmp.has_error()) [[unlikely]]   \
        ret std::move(tmp).error();     \
    decl = std::move(tmp).value()
#define ITSUP_CHECK_(tmp, ret, ...)                             \
    if (auto tmp = (__VA_ARGS__); tmp.has_error()) [[unlikely]] \
    ret std::move(tmp).error()

/// `TRY(auto x, f());` declares x from a Result or returns its error.
#define TRY(decl, ...) ITSUP_TRY_(ITSUP_CAT(try_result_, __LINE__), return, decl, __VA_ARGS__)
/// `TRY_VOID(f());` for a Result<void>.
#define TRY_VOID(...) ITSUP_CHECK_(ITSUP_CAT(try_result_, __LINE__), return, __VA_ARGS__)
/// `CO_TRY(auto x, co_await f());` the same in a coroutine.
#define CO_TRY(decl, ...) ITSUP_TRY_(ITSUP_CAT(try_result_, __LINE__), co_return, decl, __VA_ARGS__)
/// `CO_TRY_VOID(co_await f());`
#define CO_TRY_VOID(...) ITSUP_CHECK_(ITSUP_CAT(try_result_, __LINE__), co_return, __VA_ARGS__)
