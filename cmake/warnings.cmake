# Warnings are errors on our own targets only, and never on those who use the installed library.
option(KITH_WERROR "Warnings are errors; off for whoever packages Kith with another compiler" ON)

function(kith_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                         -Woverloaded-virtual -Wnull-dereference $<$<BOOL:${KITH_WERROR}>:-Werror>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 reports these falsely in the standard library's own inlined code.
    target_compile_options(${target} PRIVATE -Wno-null-dereference -Wno-restrict -Wno-maybe-uninitialized)
    if(KITH_UNITY)  # a file of several looks like a header to it
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
  endif()
endfunction()
