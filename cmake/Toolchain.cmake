# Compiler flags, sanitizers, ccache and the linker: one place, for every target of ours.
option(ITSUP_TIDY "Run clang-tidy with the build" OFF)
option(ITSUP_COVERAGE "Instrument for gcovr" OFF)
option(ITSUP_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(ITSUP_SANITIZE "" CACHE STRING "Comma-separated sanitizers, for instance address,undefined")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# Debug units are many and heavy: line tables are enough to read a stack trace.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(itsup_flags INTERFACE)
target_compile_options(itsup_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  -Wold-style-cast -Woverloaded-virtual -Wextra-semi -Wno-missing-field-initializers -Werror -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 inside coroutine frames and std::variant at -O2 (GCC bugs 105562, 105593).
  target_compile_options(itsup_flags INTERFACE -Wno-maybe-uninitialized -Wno-mismatched-new-delete
    -Wno-restrict)
endif()
target_include_directories(itsup_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(itsup_flags INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_DISABLE_VISIBILITY)
if(ITSUP_SANITIZE)
  # Sanitized coroutine units take a minute at -O1 and a third of it at -O0.
  target_compile_options(itsup_flags INTERFACE -fsanitize=${ITSUP_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(itsup_flags INTERFACE -fsanitize=${ITSUP_SANITIZE})
  if(ITSUP_SANITIZE MATCHES thread)
    # TSan does not know fences, and g++ refuses them with it. Asio's mutexes order the same.
    target_compile_definitions(itsup_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()
if(ITSUP_COVERAGE)
  target_compile_options(itsup_flags INTERFACE --coverage)
  target_link_options(itsup_flags INTERFACE --coverage)
endif()
if(ITSUP_FUZZ)
  target_compile_options(itsup_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(ITSUP_TIDY)
  find_program(CLANG_TIDY_PROGRAM NAMES clang-tidy-14 clang-tidy REQUIRED)
  # g++'s own warning options are none of clang-tidy's.
  set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY_PROGRAM} --quiet --extra-arg=-Wno-unknown-warning-option)
endif()
