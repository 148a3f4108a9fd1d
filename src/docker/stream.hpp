#pragma once

#include <runtime/task.hpp>

#include <optional>
#include <string_view>

namespace itsup::docker {

/// Values that arrive over time. Destroying it closes the connection; a waiting next() must have
/// unwound before (cancel its task).
template <class T>
class Stream {
  public:
    virtual ~Stream() = default;
    /// The next value; nullopt when the engine ended the stream in good order.
    virtual runtime::Task<std::optional<T>> next() = 0;
};

/// Bytes that arrive over time; the same rules.
class ByteStream {
  public:
    virtual ~ByteStream() = default;
    /// The next bytes, at least one; the empty view is the end. Valid until the next call.
    virtual runtime::Task<std::string_view> read() = 0;
};

}  // namespace itsup::docker
