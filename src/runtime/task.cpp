#include <runtime/task.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <string>

namespace itsup::runtime {

Task<> sleep_for(std::chrono::steady_clock::duration duration) {
    Timer timer(co_await asio::this_coro::executor, duration);
    auto [error] = co_await timer.async_wait(use_tuple);
    if (error) {
        co_return to_error(error, "wait");
    }
    co_return base::Result<>{};
}

Task<> yield_now() {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, use_task);
    co_return base::Result<>{};
}

base::Error to_error(const boost::system::error_code& code, std::string_view subject) {
    if (code == asio::error::operation_aborted) {
        return base::make_error(base::ErrorKind::cancelled, "cancelled");
    }
    return base::make_error(base::ErrorKind::unavailable,
                            std::string(subject) + ": " + code.message());
}

base::Error error_of_current_exception() {
    try {
        throw;
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            return base::make_error(base::ErrorKind::cancelled, "cancelled");
        }
        return base::make_error(base::ErrorKind::internal, "internal error", error.what());
    } catch (const std::exception& error) {
        return base::make_error(base::ErrorKind::internal, "internal error", error.what());
    } catch (...) {
        return base::make_error(base::ErrorKind::internal, "internal error", "unknown exception");
    }
}

}  // namespace itsup::runtime
